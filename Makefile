# weir - see README.md. `make help` lists the targets.

VERSION = 0.1.0
PREFIX ?= /usr/local
BUILD ?= build
CC = cc
SAN ?= 0

BINDIR = $(DESTDIR)$(PREFIX)/bin
LIBDIR = $(DESTDIR)$(PREFIX)/lib
INCDIR = $(DESTDIR)$(PREFIX)/include/weir
MANDIR = $(DESTDIR)$(PREFIX)/share/man
SHAREDIR = $(DESTDIR)$(PREFIX)/share

PACKAGES = libjq-dev libpcre2-dev libzstd-dev zlib1g-dev liblzma-dev libbz2-dev libxxhash-dev libseccomp-dev librocksdb-dev
TEST_PACKAGES = pkg-config bats xxd jq sqlite3 gawk mandoc python3 tzdata zstd gzip xz-utils bzip2 strace procps

CMDS = scat sfilter swindow sjoin sdedup sreplay
LIBS = -ljq -lpcre2-8 -lzstd -lz -llzma -lbz2 -lseccomp -lm

# What is run is shown in short; V=1 shows it whole.
Q := $(if $(filter 1,$(V)),,@)
say = $(if $(Q),@echo '  $(1)	$(2)')

WARN = -Wall -Wextra -Wpedantic -Werror -Wshadow -Wstrict-prototypes -Wmissing-prototypes \
	-Wold-style-definition -Wpointer-arith -Wwrite-strings -Wundef -Wvla -Wformat=2
ifeq ($(SAN),1)
OPT = -O1 -fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer
else
OPT = -O2
endif
CFLAGS = $(OPT) -g
# RocksDB, for --spill, is loaded when it is asked for; without its header weir is built without. SPILL= does the same.
SPILL := $(shell f=$$($(CC) -print-file-name=librocksdb.so); [ ! -e "$$f" ] || readelf -d "$$f" 2>/dev/null | \
	sed -n 's/.*SONAME.*\[\(.*\)\]/\1/p')
JQ_VERSION := $(shell dpkg-query -W -f '${source:Upstream-Version}' libjq-dev 2>/dev/null || echo unknown)

ALL_CFLAGS = -std=c11 -D_POSIX_C_SOURCE=200809L -D_XOPEN_SOURCE=700 -DWEIR_VERSION='"$(VERSION)"' -DWEIR_JQ_VERSION='"$(JQ_VERSION)"' \
	-Ilib -fPIC -fno-semantic-interposition -ffp-contract=off -fno-math-errno \
	$(WARN) $(CFLAGS) -MMD -MP
ALL_LDFLAGS = $(OPT) $(LDFLAGS)

LIB_SRC := $(sort $(wildcard lib/*/*.c))
LIB_HDR := $(sort $(wildcard lib/*/*.h))
LIB_OBJ := $(LIB_SRC:%.c=$(BUILD)/%.o)
CMD_SRC := $(foreach c,$(CMDS),$(sort $(wildcard cmd/$(c)/*.c)))
CMD_BIN := $(CMDS:%=$(BUILD)/bin/%)
TEST_SRC := $(sort $(wildcard tests/lib/*.c))
TEST_BIN := $(TEST_SRC:tests/lib/%.c=$(BUILD)/tests/%)

all: $(CMD_BIN) $(BUILD)/lib/libweir.a $(BUILD)/lib/libweir.so

help:
	@echo 'all       the commands and the library, in $(BUILD)/'
	@echo 'deps      install what building and testing need, with apt'
	@echo 'demo      deps, all, and the main job on a sample log'
	@echo 'check     deps, all, and the tests'
	@echo 'install   to $$DESTDIR$$PREFIX (PREFIX=$(PREFIX)); uninstall takes it away'
	@echo 'bench crash fuzz    longer campaigns, by hand'
	@echo 'clean     remove $(BUILD)/'

# One clear line when a library is missing, before any compiler output.
$(BUILD)/.libs: | $(BUILD)
	@for h in jq.h pcre2.h zstd.h zlib.h lzma.h bzlib.h xxhash.h seccomp.h; do \
		printf '#define PCRE2_CODE_UNIT_WIDTH 8\n#include <stddef.h>\n#include <stdio.h>\n#include <%s>\n' $$h | $(CC) -E -xc - >/dev/null 2>&1 || \
		{ echo "weir: $$h is missing: run 'make deps' (apt: $(PACKAGES))" >&2; exit 1; }; \
	done
	@touch $@

$(BUILD):
	@mkdir -p $@

$(BUILD)/%.o: %.c $(BUILD)/.libs
	@mkdir -p $(@D)
	$(call say,CC,$<)
	$(Q)$(CC) $(ALL_CFLAGS) -c -o $@ $<

# With another library, or none, it is made anew.
$(BUILD)/lib/state/spill.o: ALL_CFLAGS += $(if $(SPILL),-DWEIR_SPILL='"$(SPILL)"')
$(BUILD)/lib/state/spill.o: $(BUILD)/.spill-$(or $(SPILL),none)

$(BUILD)/.spill-%: | $(BUILD)
	@rm -f $(BUILD)/.spill-*
	@touch $@

ifneq (,$(findstring x86_64,$(shell $(CC) -dumpmachine)))
$(BUILD)/lib/base/hash_avx2.o: ALL_CFLAGS += -mavx2
$(BUILD)/lib/base/hash_avx512.o: ALL_CFLAGS += -mavx512f
endif

$(BUILD)/lib/libweir.a: $(LIB_OBJ)
	@mkdir -p $(@D)
	@rm -f $@
	$(call say,AR,$@)
	$(Q)$(AR) rcs $@ $(LIB_OBJ)

$(BUILD)/lib/libweir.so: $(LIB_OBJ)
	@mkdir -p $(@D)
	$(call say,LD,$@)
	$(Q)$(CC) $(ALL_LDFLAGS) -shared -Wl,-soname,libweir.so.0 -o $@ $(LIB_OBJ) $(LIBS)

define command
$(BUILD)/bin/$(1): $(patsubst %.c,$(BUILD)/%.o,$(wildcard cmd/$(1)/*.c)) $(BUILD)/lib/libweir.a
	@mkdir -p $$(@D)
	$$(call say,LD,$$@)
	$$(Q)$$(CC) $$(ALL_LDFLAGS) -o $$@ $$^ $$(LIBS)
endef
$(foreach c,$(CMDS),$(eval $(call command,$(c))))

$(BUILD)/tests/%: $(BUILD)/tests/lib/%.o $(BUILD)/lib/libweir.a
	@mkdir -p $(@D)
	$(call say,LD,$@)
	$(Q)$(CC) $(ALL_LDFLAGS) -o $@ $^ $(LIBS)

# --- what people call ---

deps:
	@missing=; for p in $(PACKAGES) $(TEST_PACKAGES); do \
		dpkg-query -W -f '$${Status}' $$p 2>/dev/null | grep -q 'ok installed' || missing="$$missing $$p"; \
	done; \
	if [ -n "$$missing" ]; then \
		echo "installing with apt:$$missing"; \
		sudo=; [ "$$(id -u)" = 0 ] || sudo=sudo; \
		$$sudo apt-get update -qq && \
		DEBIAN_FRONTEND=noninteractive $$sudo apt-get install -y -qq --no-install-recommends $$missing >/dev/null; \
	fi

# A second make: what deps has installed changes what the first one saw.
demo: deps
	@$(MAKE) --no-print-directory all
	@PATH="$(abspath $(BUILD))/bin:$$PATH" examples/demo/run

check: deps
	@$(MAKE) --no-print-directory all tests
	@BUILD_DIR=$(abspath $(BUILD)) tests/run

tests: $(TEST_BIN)

bench: all $(BUILD)/bench/generate
	@BUILD_DIR=$(abspath $(BUILD)) tests/bench/run

# All points of all campaigns; POINTS=N for fewer, CRASH=NAME for one.
crash: all tests
	@BUILD_DIR=$(abspath $(BUILD)) tests/crash/run $(if $(POINTS),--points $(POINTS)) $(CRASH)

FUZZ = $(patsubst tests/fuzz/%.c,%,$(wildcard tests/fuzz/*.c))
SECONDS ?= 60

fuzz: tests/fuzz/run
	@BUILD_DIR=$(abspath $(BUILD)) SECONDS_EACH=$(SECONDS) tests/fuzz/run $(FUZZ)

# How much of a function the analyzer looks at: clang's own bound, which takes twice as long as a third of it.
NODES = 225000

tidy:
	@printf '%s\n' $(LIB_SRC) $(CMD_SRC) | xargs -P 2 -n 4 sh -c 'clang-tidy --quiet "$$@" -- \
		-std=c11 -D_POSIX_C_SOURCE=200809L -D_XOPEN_SOURCE=700 -DWEIR_VERSION=\"\" -DWEIR_JQ_VERSION=\"\" $(if $(SPILL),-DWEIR_SPILL=\"\") \
		-Ilib $(CMDS:%=-Icmd/%) -mavx512f \
		-Xclang -analyzer-config -Xclang max-nodes=$(NODES) 2>/dev/null' tidy

cppcheck:
	cppcheck -q --std=c11 --enable=warning,performance,portability --error-exitcode=1 --inline-suppr \
		--suppress=missingIncludeSystem --suppress=uninitvar:lib/base/buf.h -j 2 -Ilib -DWEIR_VERSION='""' -DWEIR_JQ_VERSION='""' lib cmd

$(BUILD)/bench/generate: tests/bench/generate.c
	@mkdir -p $(@D)
	$(Q)$(CC) -O2 -std=c11 -D_POSIX_C_SOURCE=200809L -o $@ $<

PAGES = $(wildcard man/*.[0-9])

install: all
	install -d $(BINDIR) $(LIBDIR)/pkgconfig $(SHAREDIR)/bash-completion/completions \
		$(SHAREDIR)/zsh/vendor-completions $(SHAREDIR)/fish/vendor_completions.d
	install -m 755 $(CMD_BIN) $(BINDIR)
	install -m 644 $(BUILD)/lib/libweir.a $(LIBDIR)
	install -m 755 $(BUILD)/lib/libweir.so $(LIBDIR)/libweir.so.0
	ln -sf libweir.so.0 $(LIBDIR)/libweir.so
	for h in $(LIB_HDR:lib/%=%); do install -D -m 644 lib/$$h $(INCDIR)/$$h; done
	for p in $(PAGES); do install -D -m 644 $$p $(MANDIR)/man$${p##*.}/$${p#man/}; done
	install -m 644 completions/_weir $(SHAREDIR)/zsh/vendor-completions
	for c in $(CMDS); do \
		install -m 644 completions/weir.bash $(SHAREDIR)/bash-completion/completions/$$c; \
		install -m 644 completions/weir.fish $(SHAREDIR)/fish/vendor_completions.d/$$c.fish; \
	done
	printf '%s\n' 'prefix=$(PREFIX)' 'Name: weir' 'Description: stages for event streams in pipelines' \
		'Version: $(VERSION)' 'Cflags: -I$${prefix}/include/weir' 'Libs: -L$${prefix}/lib -lweir' \
		'Libs.private: $(LIBS)' > $(LIBDIR)/pkgconfig/weir.pc

uninstall:
	rm -f $(CMDS:%=$(BINDIR)/%) $(LIBDIR)/libweir.a $(LIBDIR)/libweir.so $(LIBDIR)/libweir.so.0 \
		$(LIBDIR)/pkgconfig/weir.pc $(SHAREDIR)/zsh/vendor-completions/_weir \
		$(CMDS:%=$(SHAREDIR)/bash-completion/completions/%) \
		$(CMDS:%=$(SHAREDIR)/fish/vendor_completions.d/%.fish)
	for p in $(PAGES); do rm -f $(MANDIR)/man$${p##*.}/$${p#man/}; done
	rm -rf $(INCDIR)

clean:
	rm -rf $(BUILD)

tests/fuzz/run: ;

.PHONY: tidy cppcheck all help deps demo check tests bench crash fuzz install uninstall clean
.SECONDARY:

-include $(shell find -L $(BUILD) -name '*.d' 2>/dev/null)
