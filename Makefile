# tcplab. `make help` tells what can be made.
#
#   capture/  from octets to connections: a library
#   src/      the program
#   labs/     what students read and run
#   tests/    claims, each a function
#
# Everything is built in build/, but ./tcplab and the labs' own programs.

PREFIX  ?= /usr/local
CC      ?= cc
CFLAGS  ?= -O3 -g -flto=auto -ffat-lto-objects
WARN     = -Wall -Wextra -Wshadow -Wconversion -Wstrict-prototypes \
           -Wmissing-prototypes
LIBS     = libpcap zlib jansson libmnl libseccomp inih
PACKAGES = gcc libc6-dev pkg-config libpcap-dev zlib1g-dev libjansson-dev \
           libmnl-dev libseccomp-dev libinih-dev libdw-dev libnftables-dev \
           $(CHECK_PACKAGES)

# Where in its source a program makes a call; the kit is useful without.
HAVE_LIBDW = $(shell pkg-config --exists libdw && echo -DHAVE_LIBDW)

# A router that rewrites addresses (--on nat, --on forward); the kit is useful
# without.
HAVE_NFTABLES = $(shell pkg-config --exists libnftables && echo -DHAVE_NFTABLES)

BUILD    = build
BIN      = tcplab
SHARE    = $(PREFIX)/share/tcplab
CPPFLAGS = -D_GNU_SOURCE -DTCPLAB_SHARE='"$(SHARE)"' \
           $(HAVE_LIBDW) $(HAVE_NFTABLES) $(shell pkg-config --cflags $(LIBS) 2>/dev/null)
LDLIBS   = $(shell pkg-config --libs $(LIBS) $(if $(HAVE_LIBDW),libdw) $(if $(HAVE_NFTABLES),libnftables) 2>/dev/null) -pthread -lm
COMPILE  = $(CC) -std=c17 $(CPPFLAGS) $(WARN) $(CFLAGS) $(SANITIZE)
CAPTURE  = $(patsubst %.c,$(BUILD)/%.o,$(wildcard capture/*.c))
PROGRAM  = $(patsubst %.c,$(BUILD)/%.o,$(filter-out src/main.c,$(wildcard src/*.c src/*/*.c)))
LABS     = $(basename $(wildcard labs/*/*.c))
PROGRAMS = $(patsubst tests/%.c,build/%,$(wildcard tests/programs/*.c tests/wrong/*/*.c))
# Those that take longest begin first.
LONG     = test_labs test_handouts test_wire test_run_wire
TESTS    = $(patsubst tests/%.c,$(BUILD)/tests/%,\
             $(wildcard $(LONG:%=tests/%.c)) \
             $(filter-out $(LONG:%=tests/%.c),$(wildcard tests/test_*.c)))

all: $(BIN) $(LABS)

$(BIN): $(BUILD)/src/main.o $(PROGRAM) $(CAPTURE)
	$(COMPILE) $(LDFLAGS) -o $@ $^ $(LDLIBS)

$(BUILD)/%.o: %.c | packages
	@mkdir -p $(@D)
	$(COMPILE) -MMD -MP -c -o $@ $<

labs/%: labs/%.c | packages
	$(CC) -g -o $@ $<

# ---- The two commands of the README -----------------------------------------

demo: all
	./tcplab run 4 || [ $$? -eq 4 ]

check: CHECK_PACKAGES = libcmocka-dev
check: all $(TESTS) $(PROGRAMS)
	@TCPLAB=$(CURDIR)/$(BIN) tests/run $(TESTS)

# Install what is missing: asking nothing as root, through sudo otherwise.
packages:
	@tests/packages $(PACKAGES)

# ---- Tests -------------------------------------------------------------------

TEST_PARTS = $(patsubst %.c,$(BUILD)/%.o,$(filter-out $(wildcard tests/test_*.c),$(wildcard tests/*.c)))

# A test is linked with what it needs, and not optimized as a whole.
$(BUILD)/tests/parts.a: $(TEST_PARTS) $(PROGRAM) $(CAPTURE)
	@rm -f $@
	ar rcs $@ $^

$(BUILD)/tests/test_%: $(BUILD)/tests/test_%.o $(BUILD)/tests/parts.a
	$(COMPILE) -fno-lto $(LDFLAGS) -o $@ $^ $(LDLIBS) -lcmocka

build/programs/%: tests/programs/%.c $(wildcard tests/programs/*.h) | packages
	@mkdir -p $(@D)
	$(CC) -g -O2 -Wall -o $@ $< -pthread -lseccomp

build/wrong/%: tests/wrong/%.c | packages
	@mkdir -p $(@D)
	$(CC) -g -o $@ $<

# All tests again, under the address and undefined-behaviour sanitizers.
asan:
	+$(MAKE) check BUILD=build/asan BIN=build/asan/tcplab SHARE=$(CURDIR) \
	    CFLAGS="-O1 -g" \
	    SANITIZE="-fsanitize=address,undefined -fno-sanitize-recover=undefined"

# It lays a wire of the kit's own.
$(BUILD)/bench/wire: $(BUILD)/tests/bench/wire.o $(PROGRAM) $(CAPTURE)
	@mkdir -p $(@D)
	$(COMPILE) $(LDFLAGS) -o $@ $^ $(LDLIBS)

bench: all $(BUILD)/bench/wire
	+$(MAKE) -C tests/bench
	tests/bench/run ./tcplab

# The live tests, 20 times in a row, and 20 times four at once.
LIVE = $(BUILD)/tests/test_run $(BUILD)/tests/test_labs $(BUILD)/tests/test_watch

soak: all $(TESTS) $(PROGRAMS)
	@TCPLAB=$(CURDIR)/$(BIN) tests/soak $(LIVE)

# Each event that an expected timeline names, taken out, moved or altered:
# exactly its line fails.
MUTATE = $(patsubst %.c,$(BUILD)/%.o,$(wildcard tests/mutate/*.c))

$(BUILD)/tests/mutate/mutate: $(MUTATE) $(PROGRAM) $(CAPTURE)
	$(COMPILE) $(LDFLAGS) -o $@ $^ $(LDLIBS)

mutate: all $(BUILD)/tests/mutate/mutate
	tests/mutate/run $(abspath $(BIN)) $(abspath $(BUILD)/tests/mutate/mutate) $(MUTATE_LABS)

golden: all $(BUILD)/tests/test_fate
	$(BUILD)/tests/test_fate tests/golden
	tests/golden/make ./tcplab

# Each lab's recorded trace, anew.
recorded: all
	for lab in labs/[0-9]*; do \
	    ./tcplab run $${lab#labs/} -o $$lab/recorded.pcapng >/dev/null || exit 1; \
	done

# ---- Housekeeping ------------------------------------------------------------

format:
	clang-format -i capture/*.[ch] src/*.[ch] src/*/*.[ch] labs/*/*.c $(wildcard tests/*.[ch] tests/*/*.[ch])

install: all
	install -d $(DESTDIR)$(PREFIX)/bin $(DESTDIR)$(PREFIX)/share/man/man1
	install tcplab $(DESTDIR)$(PREFIX)/bin
	install -m 644 src/tcplab.1 $(DESTDIR)$(PREFIX)/share/man/man1
	install -d $(DESTDIR)$(PREFIX)/share/tcplab
	cp -R labs handouts lessons $(DESTDIR)$(PREFIX)/share/tcplab

clean:
	rm -rf build tcplab $(LABS)

help:
	@echo 'make            build ./tcplab and the labs'
	@echo 'make demo       build, then run lab 04: a handshake and a close'
	@echo 'make check      build, then run all tests'
	@echo 'make asan       the tests again, under the sanitizers'
	@echo 'make bench      speed and memory, against other programs'
	@echo 'make soak       the live tests, 20 times in a row, and four at once'
	@echo 'make mutate     every expected line fails when its event is changed'
	@echo 'make golden     write the expected outputs anew; read the diff'
	@echo 'make recorded   record the trace each lab ships anew'
	@echo 'make format     clang-format'
	@echo 'make install    to PREFIX=$(PREFIX)'
	@echo 'make clean      remove what was built'

.PHONY: all demo check asan bench soak mutate golden recorded format install clean help packages
.SECONDARY:
-include $(wildcard $(BUILD)/*/*.d $(BUILD)/*/*/*.d)
