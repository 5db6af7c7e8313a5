/*
 * val_time - see val_time.h
 */
#include "expr/val_time.h"
#include "base/civil.h"

static int
read_number(const struct weir_val *v, int64_t *ns)
{
	char text[WEIR_NUM_TEXT];
	const unsigned char *p = v->p;
	size_t len = v->len;
	enum weir_civil_unit unit;
	struct weir_num n;

	if (v->form != WEIR_VAL_TEXT) {
		weir_val_num(v, &n);
		len = weir_num_format(&n, text);
		p = (const unsigned char *)text;
	}
	return weir_civil_guess(p, len, &unit) != 0 ? -1 : weir_civil_number(p, len, unit, ns);
}

static int
read_string(const struct weir_val *v, int64_t *ns)
{
	struct weir_val s = weir_val_ref(v);
	size_t len;
	const unsigned char *p = weir_val_bytes(&s, &len);
	int rc = weir_civil_rfc3339(p, len, NULL, ns);

	if (rc != 0)
		rc = weir_civil_clf(p, len, ns);
	weir_val_drop(&s);
	return rc;
}

int
weir_val_time(const struct weir_val *v, int64_t *ns)
{
	*ns = WEIR_TIME_NONE;
	switch (v->kind) {
	case WEIR_VAL_NULL: return 0;
	case WEIR_VAL_NUMBER: return read_number(v, ns);
	case WEIR_VAL_STRING: return read_string(v, ns);
	default: return -1;
	}
}
