/*
 * self - what this line writes is nothing that it reads: a file that was cut while it is read would lose its end, one that is added to
 * would have none
 */
#include "scat.h"

#include "base/opt.h"
#include "text/origin.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct output {
	const char *option, *name;       /* name: what messages call it */
	struct weir_origin_now dir, now; /* of a named one: the directory that it lies in */
	bool in_dir, exists;             /* dir, now are known */
};

static bool
now_of_fd(int fd, struct weir_origin_now *now)
{
	struct weir_origin o;

	weir_origin_adopt(&o, fd);
	return weir_origin_now(&o, now) == 0;
}

static struct output
named(const char *option, const char *name)
{
	struct output out = {.option = option, .name = name};
	const char *slash = strrchr(name, '/');
	char *parent = weir_origin_parent(name);

	out.exists = weir_origin_find(name, &out.now) == 0;
	/* A directory's files whose names begin with a dot are not read. */
	out.in_dir = (slash == NULL ? name : slash + 1)[0] != '.' && weir_origin_find(parent, &out.dir) == 0;
	free(parent);
	return out;
}

/* Whether the output is the source, or lies in it, be it there yet or not: the next run would read it. */
static void
compare(const struct scat_conf *cf, const struct output *out, const char *source)
{
	struct weir_origin_list files;
	struct weir_origin_now src;
	size_t i;

	if (strcmp(source, "-") == 0 ? !now_of_fd(STDIN_FILENO, &src) : weir_origin_find(source, &src) != 0)
		return;
	if (out->exists && src.again && weir_origin_same(&out->now, &src))
		weir_opt_misuse(cf->cmd, "%s%s is what is read, too: write to another file", out->option, out->name);
	if (src.again || strcmp(source, "-") == 0)
		return;
	if (out->in_dir && weir_origin_same(&out->dir, &src))
		weir_opt_misuse(cf->cmd, "%s%s lies in %s, all of which is read: write elsewhere", out->option, out->name, source);
	if (!out->exists || weir_origin_list(source, &files) != 0)
		return;
	for (i = 0; i < files.n; i++)
		if (weir_origin_find(files.names[i], &src) == 0 && weir_origin_same(&out->now, &src))
			weir_opt_misuse(cf->cmd, "%s%s is %s, which is read: write elsewhere", out->option, out->name, files.names[i]);
	weir_origin_list_release(&files);
}

void
scat_self_check(const struct scat_conf *cf, char *const *sources, int n)
{
	struct output outs[3];
	int nouts = 0, i, k;

	if (cf->common.explain)
		return;
	if (cf->dest != NULL) {
		outs[nouts++] = named("-o ", cf->dest);
	} else {
		outs[nouts] = (struct output){.option = "", .name = "standard output"};
		outs[nouts].exists = now_of_fd(STDOUT_FILENO, &outs[nouts].now) && outs[nouts].now.again;
		nouts++;
	}
	if (cf->common.rejects != NULL)
		outs[nouts++] = named("--rejects ", cf->common.rejects);
	if (cf->common.stats != NULL && strcmp(cf->common.stats, "-") != 0)
		outs[nouts++] = named("--stats ", cf->common.stats);
	for (i = 0; i < nouts; i++)
		for (k = 0; k < n; k++)
			compare(cf, &outs[i], sources[k]);
}
