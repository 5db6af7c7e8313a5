# make install, and a stage of somebody's own that is built against it.

load helper

setup_file() {
	export DEST="$BATS_FILE_TMPDIR/root"
	make -s -C "$BATS_TEST_DIRNAME/.." BUILD="$BUILD_DIR" DESTDIR="$DEST" PREFIX=/usr install >/dev/null
}

# $1: flags for the compiler.
build_own() {
	cat >own.c <<'EOF'
/* own - passes every other record on, and says how many there were */
#include "stage/stage.h"

#include <stdio.h>

struct own {
	unsigned long n;
};

static int
on_record(void *self, const struct weir_record *rec, struct weir_out *out)
{
	struct own *o = self;

	return o->n++ % 2 == 0 ? weir_out_pass(out, rec) : 0;
}

static void
on_stats(void *self, struct weir_buf *json)
{
	weir_buf_printf(json, ",\"seen\":%lu", ((struct own *)self)->n);
}

int
main(void)
{
	static const struct weir_stage stage = {
	    .name = "own", .flags = WEIR_STAGE_PASSES, .on_record = on_record, .on_stats = on_stats};
	struct weir_common common = {.stats = "own.stats"};
	struct own own = {0};

	return weir_stage_run(&stage, &common, &own);
}
EOF
	# The sanitizers' libraries need their runtime.
	cc -std=c11 -Wall -Wextra -Werror ${WEIR_SAN:+-fsanitize=address,undefined} -o own own.c $1
}

@test "install: what is where" {
	cd "$DEST/usr"
	for f in bin/scat bin/sfilter bin/swindow bin/sjoin bin/sdedup bin/sreplay lib/libweir.a lib/libweir.so lib/pkgconfig/weir.pc \
		include/weir/stage/stage.h share/man/man1/scat.1 share/man/man7/weir.7 share/man/man5/weir-stream.5 \
		share/bash-completion/completions/sfilter share/zsh/vendor-completions/_weir \
		share/fish/vendor_completions.d/swindow.fish; do
		[ -s "$f" ] || fail "$f"
	done
}

@test "install: a stage outside the tree, against the shared library" {
	flags=$(PKG_CONFIG_PATH=$DEST/usr/lib/pkgconfig PKG_CONFIG_SYSROOT_DIR=$DEST pkg-config --cflags --libs weir)
	build_own "$flags"
	printf '{"a":%d}\n' 1 2 3 4 5 >in
	scat -i json in | LD_LIBRARY_PATH=$DEST/usr/lib ./own | scat -O json >out
	printf '{"a":%d}\n' 1 3 5 | cmp - out
	[[ $(cat own.stats) == *'"stage":"own"'*'"records_in":5'*'"records_out":3'*'"seen":5}' ]]
}

@test "install: the same against the static library" {
	flags=$(PKG_CONFIG_PATH=$DEST/usr/lib/pkgconfig PKG_CONFIG_SYSROOT_DIR=$DEST pkg-config --static --cflags --libs weir)
	build_own "-Wl,-Bstatic $(echo "$flags" | sed 's/-lweir/-lweir -Wl,-Bdynamic/')"
	printf '{"a":%d}\n' 1 2 3 | scat -i json | ./own | scat -O json >out
	printf '{"a":%d}\n' 1 3 | cmp - out
}

@test "install: uninstall takes all of it away" {
	cp -r "$DEST" gone
	make -s -C "$BATS_TEST_DIRNAME/.." BUILD="$BUILD_DIR" DESTDIR="$PWD/gone" PREFIX=/usr uninstall >/dev/null
	[ -z "$(find gone ! -type d)" ]
}
