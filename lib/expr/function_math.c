/*
 * function_math - functions of numbers
 *
 * What rounds, and what only chooses or takes apart, keeps exact numbers exact; so does pow where
 * the result is exact. The others are the C library's on the nearest doubles, whose last bit may differ
 * between processors: nothing that is compared between runs on different ones should rest on it.
 */
#include "expr/function.h"

#include <limits.h>
#include <math.h>

static bool
give(struct weir_val *v, const struct weir_num *n)
{
	weir_val_drop(v);
	*v = weir_val_number(n);
	return true;
}

static bool
give_double(struct weir_val *v, double d)
{
	struct weir_num n = weir_num_dbl(d);

	return give(v, &n);
}

static bool
number(struct weir_call *c, const struct weir_val *v, struct weir_num *n)
{
	*n = weir_num_int(0);
	if (v->kind != WEIR_VAL_NUMBER)
		return weir_call_refuse(c, v, "number required");
	weir_val_num(v, n);
	return true;
}

static bool
of_one(struct weir_call *c, struct weir_val *v, double (*f)(double))
{
	struct weir_num n;

	return number(c, v, &n) && give_double(v, f(weir_num_double(&n)));
}

static bool
of_two(struct weir_call *c, struct weir_val *v, struct weir_val *args, double (*f)(double, double))
{
	struct weir_num a, b;

	return number(c, &args[0], &a) && number(c, &args[1], &b) &&
	    give_double(v, f(weir_num_double(&a), weir_num_double(&b)));
}

static double
exp10_of(double x)
{
	return pow(10, x);
}

/* The fraction, from 1 to 2, of a number that is neither 0 nor infinite. */
static double
significand_of(double x)
{
	int e;

	return x == 0 || !isfinite(x) ? x : frexp(x, &e) * 2;
}

/* An exponent for ldexp, which nothing beyond these makes different. */
static int
exponent(double e)
{
	return e > 10000 ? 10000 : e < -10000 ? -10000 : isnan(e) ? 0 : (int)e;
}

static double
ldexp_of(double x, double e)
{
	return ldexp(x, exponent(e));
}

static double
scalb_of(double x, double e)
{
	if (isnan(x) || isnan(e) || (isfinite(e) && e != trunc(e)))
		return (double)NAN;
	if (isinf(e))
		return e > 0 ? x * e : x / -e;
	return ldexp(x, exponent(e));
}

static int
order(double n)
{
	return n >= INT_MAX ? INT_MAX : n <= INT_MIN ? INT_MIN : isnan(n) ? 0 : (int)n;
}

static double
jn_of(double n, double x)
{
	return jn(order(n), x);
}

static double
yn_of(double n, double x)
{
	return yn(order(n), x);
}

static double
nexttoward_of(double x, double y)
{
	return nexttoward(x, (long double)y);
}

#define ONE(name, f)                                                                               \
	static bool call_##name(struct weir_call *c, struct weir_val *v, struct weir_val *args)        \
	{                                                                                              \
		(void)args;                                                                                \
		return of_one(c, v, f);                                                                    \
	}

#define TWO(name, f)                                                                               \
	static bool call_##name(struct weir_call *c, struct weir_val *v, struct weir_val *args)        \
	{                                                                                              \
		return of_two(c, v, args, f);                                                              \
	}

ONE(acos, acos)
ONE(acosh, acosh)
ONE(asin, asin)
ONE(asinh, asinh)
ONE(atan, atan)
ONE(atanh, atanh)
ONE(cbrt, cbrt)
ONE(cos, cos)
ONE(cosh, cosh)
ONE(erf, erf)
ONE(erfc, erfc)
ONE(exp, exp)
ONE(exp10, exp10_of)
ONE(exp2, exp2)
ONE(expm1, expm1)
ONE(j0, j0)
ONE(j1, j1)
ONE(lgamma, lgamma)
ONE(log, log)
ONE(log10, log10)
ONE(log1p, log1p)
ONE(log2, log2)
ONE(logb, logb)
ONE(significand, significand_of)
ONE(sin, sin)
ONE(sinh, sinh)
ONE(sqrt, sqrt)
ONE(tan, tan)
ONE(tanh, tanh)
ONE(tgamma, tgamma)
ONE(y0, y0)
ONE(y1, y1)

TWO(atan2, atan2)
TWO(copysign, copysign)
TWO(fdim, fdim)
TWO(fmod, fmod)
TWO(hypot, hypot)
TWO(jn, jn_of)
TWO(ldexp, ldexp_of)
TWO(nextafter, nextafter)
TWO(nexttoward, nexttoward_of)
TWO(remainder, remainder)
TWO(scalb, scalb_of)
TWO(yn, yn_of)

enum rounding { DOWN, UP, CUT, HALF_OUT, HALF_EVEN };

/* What is added to the whole part, that is cut towards 0, of m = whole * unit + rest. */
static int
correction(weir_i128 whole, weir_i128 rest, weir_u128 unit, enum rounding how)
{
	weir_u128 twice = weir_num_magnitude(rest) * 2;
	int out = rest < 0 ? -1 : 1;

	switch (how) {
	case DOWN:
		return rest < 0 ? -1 : 0;
	case UP:
		return rest > 0;
	case HALF_OUT:
		return twice >= unit ? out : 0;
	case HALF_EVEN:
		return twice > unit || (twice == unit && whole % 2 != 0) ? out : 0;
	default:
		return 0;
	}
}

static void
round_num(struct weir_num *n, enum rounding how)
{
	weir_i128 unit, whole;

	if (n->inexact) {
		n->d = how == DOWN ? floor(n->d) : how == UP ? ceil(n->d) : how == CUT ? trunc(n->d)
		    : how == HALF_OUT ? round(n->d) : nearbyint(n->d);
		return;
	}
	unit = (weir_i128)weir_wide_ten[n->scale];
	whole = n->m / unit;
	n->m = whole + correction(whole, n->m % unit, (weir_u128)unit, how);
	n->scale = 0;
}

static bool
round_to(struct weir_call *c, struct weir_val *v, enum rounding how)
{
	struct weir_num n;

	if (!number(c, v, &n))
		return false;
	if (!n.inexact && n.scale == 0)
		return true;
	round_num(&n, how);
	return give(v, &n);
}

#define ROUND(name, how)                                                                           \
	static bool call_##name(struct weir_call *c, struct weir_val *v, struct weir_val *args)        \
	{                                                                                              \
		(void)args;                                                                                \
		return round_to(c, v, how);                                                                \
	}

ROUND(floor, DOWN)
ROUND(ceil, UP)
ROUND(trunc, CUT)
ROUND(round, HALF_OUT)
ROUND(rint, HALF_EVEN)

static bool
call_fabs(struct weir_call *c, struct weir_val *v, struct weir_val *args)
{
	struct weir_num n;

	(void)args;
	if (!number(c, v, &n))
		return false;
	n.d = fabs(n.d);
	n.m = n.m < 0 ? -n.m : n.m;
	return give(v, &n);
}

/* The lesser or the greater; NaN only if both are. */
static bool
choose(struct weir_call *c, struct weir_val *v, struct weir_val *args, bool greater)
{
	struct weir_num a, b;

	if (!number(c, &args[0], &a) || !number(c, &args[1], &b))
		return false;
	if (b.inexact && isnan(b.d))
		return give(v, &a);
	if (a.inexact && isnan(a.d))
		return give(v, &b);
	return give(v, (weir_num_cmp(&a, &b) < 0) == greater ? &b : &a);
}

static bool
call_fmin(struct weir_call *c, struct weir_val *v, struct weir_val *args)
{
	return choose(c, v, args, false);
}

static bool
call_fmax(struct weir_call *c, struct weir_val *v, struct weir_val *args)
{
	return choose(c, v, args, true);
}

static bool
call_fma(struct weir_call *c, struct weir_val *v, struct weir_val *args)
{
	struct weir_num x, y, z, sum;

	if (!number(c, &args[0], &x) || !number(c, &args[1], &y) || !number(c, &args[2], &z))
		return false;
	sum = weir_num_mul(&x, &y);
	sum = weir_num_add(&sum, &z);
	if (sum.inexact)
		sum.d = fma(weir_num_double(&x), weir_num_double(&y), weir_num_double(&z));
	return give(v, &sum);
}

/* a to a whole power, exact; false if it can't be. */
static bool
exact_power(struct weir_num a, const struct weir_num *e, struct weir_num *out)
{
	int64_t n = weir_num_cut(e);

	if (a.inexact || e->inexact || e->m != n * (weir_i128)weir_wide_ten[e->scale] || n < 0 ||
	    n > 1000)
		return false;
	for (*out = weir_num_int(1); n > 0; n >>= 1) {
		if (n & 1)
			*out = weir_num_mul(out, &a);
		if (n > 1)
			a = weir_num_mul(&a, &a);
		if (out->inexact || a.inexact)
			return false;
	}
	return true;
}

static bool
call_pow(struct weir_call *c, struct weir_val *v, struct weir_val *args)
{
	struct weir_num a, e, power;

	if (!number(c, &args[0], &a) || !number(c, &args[1], &e))
		return false;
	weir_num_trim(&a);
	weir_num_trim(&e);
	if (exact_power(a, &e, &power))
		return give(v, &power);
	return give_double(v, pow(weir_num_double(&a), weir_num_double(&e)));
}

static bool
give_two(struct weir_val *v, const struct weir_num *first, const struct weir_num *second)
{
	struct weir_val pair = weir_val_array(2);

	weir_val_push(&pair, weir_val_number(first));
	weir_val_push(&pair, weir_val_number(second));
	weir_val_drop(v);
	*v = pair;
	return true;
}

static bool
call_frexp(struct weir_call *c, struct weir_val *v, struct weir_val *args)
{
	struct weir_num n, part, power;
	int e = 0;

	(void)args;
	if (!number(c, v, &n))
		return false;
	part = weir_num_dbl(weir_num_double(&n));
	if (isfinite(part.d))
		part.d = frexp(part.d, &e);
	power = weir_num_int(e);
	return give_two(v, &part, &power);
}

/* What is behind the point, and what is before it. */
static bool
call_modf(struct weir_call *c, struct weir_val *v, struct weir_val *args)
{
	struct weir_num n, whole, part;

	(void)args;
	if (!number(c, v, &n))
		return false;
	whole = n;
	round_num(&whole, CUT);
	part = weir_num_sub(&n, &whole);
	if (n.inexact && isinf(n.d))
		part.d = copysign(0, n.d);
	return give_two(v, &part, &whole);
}

static bool
call_lgamma_r(struct weir_call *c, struct weir_val *v, struct weir_val *args)
{
	struct weir_num n, value, sign;

	(void)args;
	if (!number(c, v, &n))
		return false;
	value = weir_num_dbl(lgamma(weir_num_double(&n)));
	sign = weir_num_int(signgam);
	return give_two(v, &value, &sign);
}

const struct weir_function weir_function_math[] = {
	{"acos", 0, call_acos}, {"acosh", 0, call_acosh}, {"asin", 0, call_asin},
	{"asinh", 0, call_asinh}, {"atan", 0, call_atan}, {"atan2", 2, call_atan2},
	{"atanh", 0, call_atanh}, {"cbrt", 0, call_cbrt}, {"ceil", 0, call_ceil},
	{"copysign", 2, call_copysign}, {"cos", 0, call_cos}, {"cosh", 0, call_cosh},
	{"drem", 2, call_remainder}, {"erf", 0, call_erf}, {"erfc", 0, call_erfc},
	{"exp", 0, call_exp}, {"exp10", 0, call_exp10}, {"exp2", 0, call_exp2},
	{"expm1", 0, call_expm1}, {"fabs", 0, call_fabs}, {"fdim", 2, call_fdim},
	{"floor", 0, call_floor}, {"fma", 3, call_fma}, {"fmax", 2, call_fmax},
	{"fmin", 2, call_fmin}, {"fmod", 2, call_fmod}, {"frexp", 0, call_frexp},
	{"gamma", 0, call_lgamma}, {"hypot", 2, call_hypot}, {"j0", 0, call_j0},
	{"j1", 0, call_j1}, {"jn", 2, call_jn}, {"ldexp", 2, call_ldexp},
	{"lgamma", 0, call_lgamma}, {"lgamma_r", 0, call_lgamma_r}, {"log", 0, call_log},
	{"log10", 0, call_log10}, {"log1p", 0, call_log1p}, {"log2", 0, call_log2},
	{"logb", 0, call_logb}, {"modf", 0, call_modf}, {"nearbyint", 0, call_rint},
	{"nextafter", 2, call_nextafter}, {"nexttoward", 2, call_nexttoward},
	{"pow", 2, call_pow}, {"pow10", 0, call_exp10}, {"remainder", 2, call_remainder},
	{"rint", 0, call_rint}, {"round", 0, call_round}, {"scalb", 2, call_scalb},
	{"scalbln", 2, call_ldexp}, {"significand", 0, call_significand}, {"sin", 0, call_sin},
	{"sinh", 0, call_sinh}, {"sqrt", 0, call_sqrt}, {"tan", 0, call_tan},
	{"tanh", 0, call_tanh}, {"tgamma", 0, call_tgamma}, {"trunc", 0, call_trunc},
	{"y0", 0, call_y0}, {"y1", 0, call_y1}, {"yn", 2, call_yn},
	{NULL, 0, NULL},
};
