# SPDX-License-Identifier: GPL-2.0
# The front door. `make help` lists what there is.
#
# The modules themselves are built by Kbuild (see Kbuild), through scripts/build.

SHELL := /bin/bash

# Passed on to Kbuild when given on the command line.
kbuild-variables := $(foreach name,V W CLIPPY,$(if $($(name)),$(name)=$($(name))))
export KDIR KERNEL SUITE TESTS MODULES VERSION

.DEFAULT_GOAL := modules

.PHONY: modules
modules: ## build the modules for KDIR or the running kernel, into build/ko/
	@scripts/build modules $(kbuild-variables)

.PHONY: demo
demo: ready ## from a bare machine to verified I/O on our modules in a virtual machine
	@scripts/demo

.PHONY: test
test: ## everything CI runs, but for its sample of test-long
	@scripts/test

.PHONY: setup
setup: ## install and prepare what building and testing need (cached)
	@scripts/setup all

.PHONY: ready
ready:
	@scripts/ready

.PHONY: check
check: ## rustfmt, clippy, layouts, interfaces, code policy, documents
	@scripts/check

.PHONY: doc
doc: ## what rustdoc makes of the sources, in build/doc/
	@scripts/doc

.PHONY: test-host
test-host: ## tests of the protocol crate on this machine, and a minute of fuzzing
	@scripts/test-host

.PHONY: fuzz
fuzz: ## fuzz the protocol crate for SECONDS=60, or the named targets; TARGETS="name ..."
	@scripts/fuzz --seconds $(or $(SECONDS),60) $(TARGETS)

.PHONY: coverage
coverage: ## which share of its lines the tests of the protocol crate reach
	@scripts/coverage

.PHONY: miri
miri: ## the tests of the protocol crate in an interpreter that sees undefined behaviour
	@scripts/miri

.PHONY: test-vm
test-vm: ready ## the selftests in a virtual machine; TESTS="name ..." MODULES=rust|c|name+...
	@scripts/test-vm

.PHONY: test-debug
test-debug: ready-debug ## the selftests on a kernel that checks itself; TESTS="name ..." MODULES=...
	@VM_KERNEL=debug scripts/test-vm

.PHONY: test-planted
test-planted: ready-debug ## shows that the debug kernel finds mistakes made on purpose
	@scripts/test-planted

.PHONY: test-matrix
test-matrix: ## the core selftests on all 16 mixtures of the C modules and ours; VM_KERNEL=debug
	@scripts/ready $(filter debug,$(VM_KERNEL))
	@scripts/test-matrix

.PHONY: test-kernels
test-kernels: ## kernels besides the newest of Debian 13: checks, and on 7.2 the core of the selftests
	@scripts/test-kernels

.PHONY: test-root
test-root: ready ## a machine whose root disk comes over iSCSI, from its initramfs to its end; MODULES=rust|c
	@scripts/test-root

.PHONY: test-long
test-long: ## all that takes longer: test-debug, test-planted, test-matrix, test-kernels, test-root, the long selftests
	@scripts/test-long

.PHONY: test-dkms
test-dkms: ## the Debian package on a machine with apt and dkms, from installation to removal
	@scripts/test-dkms

.PHONY: ready-debug
ready-debug:
	@scripts/ready debug

.PHONY: parity
parity: ready ## what user space sees of the C modules and of ours, compared
	@scripts/parity

.PHONY: bench
bench: ready ## what an I/O costs on the C modules and on ours; rewrites Documentation/bench.md and its picture
	@scripts/bench

.PHONY: install
install: ## install the modules for the kernel they were built for (root)
	@scripts/install

.PHONY: uninstall
uninstall: ## remove the installed modules again (root)
	@scripts/install --remove

.PHONY: deb
deb: ## the Debian package, in build/; VERSION=... if not that of dkms.conf
	@scripts/deb

.PHONY: clean
clean: ## remove build/
	@rm -rf build

.PHONY: help
help: ## this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)
