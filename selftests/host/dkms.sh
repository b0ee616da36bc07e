#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0
# What is said of a machine on which the modules cannot be built, one case each, and what is done on one where they can:
# scripts/dkms in a folder that looks like a machine's root, with programs that only pretend.
#
# Prints "ok NAME" or "not ok NAME" for each case; runs on the host, without a kernel, dkms or root.
set -euo pipefail

. "$(dirname "$0")/../lib/on_host.sh"
RELEASE=7.3.4+test-amd64
RUSTC="rustc 1.85.1 (fake)"
NOT_HERE=77

# fake_rustc DATE: of the same version all the time.
fake_rustc() {
	fake rustc "case \$1 in --print) echo $ROOT/usr ;; -vV) echo '$RUSTC $1' ;; *) echo '$RUSTC' ;; esac"
}

# What the scripts themselves use is the host's.
host_programs() {
	local name
	for name in bash sh env sed awk grep cat cp mv rm ln ls mkdir mktemp dirname basename realpath readlink sort head tail \
		tee diff cmp tar sha256sum date flock find xargs wc uname nproc tr cut id touch chmod sleep; do
		ln -s "$(command -v "$name")" "${BIN:?}/$name"
	done
}

# machine: a root folder on which nothing is in the way.
machine() {
	rm -rf "${WORK:?}"/{root,bin,kernel}
	ROOT=$WORK/root
	HEADERS=$ROOT/usr/src/linux-headers-$RELEASE
	COMMON=$ROOT/usr/src/linux-headers-7.3.4+test-common
	mkdir -p "$BIN" "$HEADERS"/{include/config,include/generated,scripts} "$COMMON/include" \
		"$ROOT"/{lib/modules/$RELEASE/kernel,usr/include/openssl,sys/kernel/security,var/lib/dkms,boot,etc}
	ln -s "$HEADERS" "$ROOT/lib/modules/$RELEASE/build"
	printf '%s\n' CONFIG_RUST=y CONFIG_ISCSI_TCP=m "CONFIG_RUSTC_VERSION_TEXT=\"$RUSTC\"" \
		'CONFIG_BINDGEN_VERSION_TEXT="bindgen 0.71.1"' \
		'CONFIG_CC_VERSION_TEXT="x86_64-linux-gnu-gcc-14 (Debian 14.2.0-19) 14.2.0"' |
		tee "$HEADERS/.config" >"$HEADERS/include/config/auto.conf"
	echo "$RELEASE" >"$HEADERS/include/config/kernel.release"
	echo "#define UTS_RELEASE \"$RELEASE\"" >"$HEADERS/include/generated/utsrelease.h"
	printf '0x00000000\t%s\tvmlinux\tEXPORT_SYMBOL_GPL\t\n' _RNvCs_6kernel printk >"$HEADERS/Module.symvers"
	printf '%s\n' "KBUILD_OUTPUT=$HEADERS" "include $COMMON/Makefile" >"$HEADERS/Makefile"
	touch "$COMMON/Makefile" "$ROOT"/usr/include/{gelf.h,openssl/evp.h}
	# The kernel's source.
	mkdir -p "$WORK/kernel/linux-source-7.3/rust" "$WORK/kernel/linux-source-7.3/drivers/net"
	touch "$WORK"/kernel/linux-source-7.3/{Makefile,rust/Makefile,drivers/net/Kconfig,drivers/net/driver.c}
	tar -C "$WORK/kernel" -cJf "$ROOT/usr/src/linux-source-7.3.tar.xz" linux-source-7.3
	host_programs
	local name
	for name in bc bison flex pahole python3 xz apt-get logger depmod; do fake "$name" ''; done
	fake xz "exec $(command -v xz) \"\$@\""
	fake x86_64-linux-gnu-gcc-14 ''
	fake bindgen 'echo bindgen 0.71.1'
	fake_rustc 2025-03-15
	mkdir -p "$ROOT/usr/lib/rustlib/src/rust/library/core/src"
	touch "$ROOT/usr/lib/rustlib/src/rust/library/core/src/lib.rs"
	fake dpkg-query 'echo "ii  7.3.4-1"'
	fake df 'printf "%s\n" "Filesystem 1048576-blocks Used Available Capacity Mounted" "/dev/vda 9999 1 ${DF_FREE:-9998} 1% /"'
	fake mokutil 'case $1 in --sb-state) echo SecureBoot disabled ;; esac'
	echo '[none] integrity confidentiality' >"$ROOT/sys/kernel/security/lockdown"
	# make modules_prepare leaves the crates; Kbuild leaves modules.
	cat >"$BIN/make" <<-'MAKE'
		#!/bin/sh
		echo make "$@"
		for word in "$@"; do
			case $word in O=*) out=${word#O=} ;; MO=*) mo=${word#MO=} ;; modules_prepare) what=prepare ;; modules) what=modules ;; esac
		done
		case ${what-} in
		prepare)
			mkdir -p "$out/rust" "$out/include/generated" "$out/include/config"
			mkdir -p "$out/rust/kernel" && touch "$out/rust/libkernel.rmeta" "$out/rust/libmacros.so"
			echo "EXPORT_SYMBOL_RUST_GPL(${MAKE_SYMBOL:-_RNvCs_6kernel});" >"$out/rust/exports_kernel_generated.h"
			;;
		modules)
			[ -z "${MAKE_FAILS-}" ] || { echo "$MAKE_FAILS" && exit 2; }
			for folder in "$PROJECT"/drivers/scsi/*/; do touch "$mo/$(basename "$folder").ko"; done
			;;
		esac
	MAKE
	chmod +x "$BIN/make"
}

# A copy as dkms would make it, so that nothing is left in the checkout.
tree() {
	rm -rf "$WORK/build"
	mkdir -p "$WORK/build"
	cp -r "$PROJECT"/{dkms.conf,scripts} "$WORK/build/"
	(cd "$PROJECT" && find drivers/scsi -mindepth 1 -maxdepth 1 -type d -exec mkdir -p "$WORK/build/{}" \;)
}

run() {
	env -i RUST_ISCSI_ROOT="$ROOT" RUST_ISCSI_PATH="$BIN" PATH="$BIN" PROJECT="$PROJECT" HOME="$WORK" \
		DF_FREE="${DF_FREE-}" MAKE_FAILS="${MAKE_FAILS-}" MAKE_SYMBOL="${MAKE_SYMBOL-}" "$WORK/build/scripts/dkms" "$@"
}

# refuses NAME WORD...: one line of ours that has all the words, and the status that is no failure to dkms.
refuses() {
	local name=$1 good=yes status=0 word
	shift
	tree
	run build "${KERNEL:-$RELEASE}" "$ROOT/lib/modules/$RELEASE/build" >"$WORK/said" 2>&1 || status=$?
	[ "$status" -eq "$NOT_HERE" ] || good=no
	[ "$(grep -c '^rust-iscsi: ' "$WORK/said")" -eq 1 ] || good=no
	for word in "kernel ${KERNEL:-$RELEASE} keeps its own C modules" "$@"; do
		grep '^rust-iscsi: ' "$WORK/said" | grep -qF -- "$word" || good=no
	done
	compgen -G "$WORK/build/build/ko/*.ko" >/dev/null && good=no
	verdict "$good" "$name"
}

builds() {
	tree
	run build "$RELEASE" "$ROOT/lib/modules/$RELEASE/build" || return
	compgen -G "$WORK/build/build/ko/*.ko"
}

prepared() {
	local cache=$ROOT/var/cache/rust-iscsi
	[ -f "$cache/$RELEASE/build/rust/libkernel.rmeta" ] && [ -f "$cache/$RELEASE/stamp" ] && [ ! -e "$cache/$RELEASE.part" ]
}

# once_only: the second build takes the tree of the first.
once_only() {
	builds && prepared && builds >"$WORK/second" && ! grep modules_prepare "$WORK/second"
}

again_after() {
	builds >/dev/null && "$@" && builds >"$WORK/second" && grep modules_prepare "$WORK/second"
}

update_headers() {
	echo "/* new */" >>"$HEADERS/include/generated/utsrelease.h"
}

cases_of_kernels() {
	machine
	KERNEL=6.12.1-amd64 refuses "a kernel that is too old" "older than 7.3" "apt install -t trixie-backports"
	KERNEL=9.1.0-amd64 refuses "a kernel that is too new" "newer than these modules are for (7.3)" "apt install rust-iscsi-dkms"
	rm "$HEADERS/include/config/auto.conf"
	refuses "no headers" "no headers" "apt install linux-headers-$RELEASE"
	machine && sed -i /CONFIG_RUST=/d "$HEADERS/include/config/auto.conf"
	refuses "no CONFIG_RUST" "without CONFIG_RUST" "apt install"
	machine && sed -i s/CONFIG_ISCSI_TCP=m/CONFIG_ISCSI_TCP=y/ "$HEADERS/include/config/auto.conf"
	refuses "iscsi_tcp is built in" "CONFIG_ISCSI_TCP=m"
	machine && mkdir -p "$ROOT/etc/default" && echo "KEEP_C='6.12.1-amd64 $RELEASE'" >"$ROOT/etc/default/rust-iscsi"
	refuses "a kernel that is to keep its C modules" "KEEP_C in /etc/default/rust-iscsi" "dkms autoinstall -k $RELEASE"
	echo "KEEP_C='6.12.1-amd64 $RELEASE-cloud'" >"$ROOT/etc/default/rust-iscsi"
	works "another kernel than that" builds
}

cases_of_tools() {
	machine && rm "$BIN/bindgen"
	refuses "no bindgen" "there is no bindgen: apt install bindgen && dkms autoinstall -k $RELEASE"
	machine && rm "$BIN/rustc" "$BIN/flex" "$ROOT/usr/include/gelf.h"
	refuses "several things are missing" "there is no rustc flex libelf-dev: apt install rustc flex libelf-dev"
	machine && rm "$BIN/bindgen" "$BIN/apt-get"
	refuses "no bindgen, on Fedora" "dnf install bindgen-cli"
	machine && rm "$BIN/x86_64-linux-gnu-gcc-14"
	refuses "no C compiler" "apt install gcc-14"
	machine && sed -i 's/rustc 1.85.1 (fake)/rustc 1.97.1 (fake)/' "$HEADERS/include/config/auto.conf"
	refuses "another rustc" "rustc 1.97.1 (fake)" "here is '$RUSTC'" "apt install 'rustc=1.97.1*' 'rust-src=1.97.1*'"
	machine && fake bindgen 'echo bindgen 0.60.1'
	refuses "another bindgen" "bindgen 0.71.1" "here is 'bindgen 0.60.1'" "apt install 'bindgen=0.71.1*'"
	machine && rm -r "$ROOT/usr/lib/rustlib"
	refuses "no rust-src" "source of Rust's core library" "apt install rust-src"
}

cases_of_sources() {
	machine && rm "$ROOT/usr/src/linux-source-7.3.tar.xz"
	refuses "no source package" "no Rust metadata" "apt install linux-source-7.3"
	machine && fake dpkg-query 'case $* in *linux-source*) echo "ii  7.3.5-1" ;; *) echo "ii  7.3.4-1" ;; esac'
	refuses "a source package of another version" "7.3.5-1" "apt install linux-source-7.3=7.3.4-1"
	machine && mkdir -p "$ROOT/etc/default" && echo LINUX_SOURCE=/nowhere/linux >"$ROOT/etc/default/rust-iscsi"
	refuses "a source folder that is not there" "LINUX_SOURCE=/nowhere/linux does not exist" "/etc/default/rust-iscsi"
	machine && mkdir -p "$HEADERS/rust" && echo "rustc 1.80.0 (other)" >"$HEADERS/rust/libkernel.rmeta"
	refuses "stale metadata in the headers" "was not made by '$RUSTC'" "modules_prepare"
	machine
	MAKE_SYMBOL=_RNvCs_other refuses "metadata that does not fit the kernel" "Rust symbols" "Module.symvers" "apt install rustc"
	machine && echo garbage >"$ROOT/usr/src/linux-source-7.3.tar.xz"
	refuses "a source package that cannot be unpacked" "preparing a tree" "last lines of"
}

cases_of_the_machine() {
	machine
	DF_FREE=99 refuses "no disk space" "99 MiB left" "are needed"
	MAKE_FAILS="ld: No space left on device" refuses "the disk gets full" "ran out of disk space"
	MAKE_FAILS="error[E0432]" refuses "sources that do not compile" "building the modules failed" "last lines of"
	machine && echo 'none [integrity] confidentiality' >"$ROOT/sys/kernel/security/lockdown"
	refuses "lockdown, and no key yet" "signed modules only" "dkms generate_mok"
	touch "$ROOT/var/lib/dkms/mok.pub"
	refuses "lockdown, and a key that is not enrolled" "mokutil --import $ROOT/var/lib/dkms/mok.pub"
	fake mokutil 'case $1 in --test-key) echo "$2 is already enrolled" ;; esac'
	works "lockdown, and a key that is enrolled" builds
	machine && rm "$ROOT/sys/kernel/security/lockdown" && touch "$ROOT/var/lib/dkms/mok.pub"
	fake mokutil 'case $1 in --sb-state) echo SecureBoot enabled ;; --test-key) echo "$2 is not enrolled" ;; esac'
	refuses "Secure Boot, and a key that is not enrolled" "mokutil --import"
	rm "$BIN/mokutil" && mkdir -p "$ROOT/sys/module/module/parameters" && echo Y >"$ROOT/sys/module/module/parameters/sig_enforce"
	refuses "signatures are enforced, and there is no mokutil" "apt install mokutil"
}

cases_of_success() {
	machine
	works "a machine with all it takes" builds
	works "which leaves a prepared tree" prepared
	works "the tree is prepared once" once_only
	works "and again when the headers have changed" again_after update_headers
	works "and again when the compiler has changed" again_after fake_rustc 2025-05-01
	machine && mkdir -p "$HEADERS/rust" && echo "$RUSTC" >"$HEADERS/rust/libkernel.rmeta" && rm "$ROOT"/usr/src/*.tar.xz
	works "headers that have metadata need no source" builds
}

# What dkms has moved away is where it was, and does not come back over newer files.
c_modules_back() {
	local folder=$WORK/original name
	rm -rf "$folder" && mkdir -p "$folder"
	for name in libiscsi iscsi_tcp; do
		echo "of dkms" >"$folder/$name.ko.xz"
		echo "$ROOT/lib/modules/$RELEASE/kernel/$name.ko.xz" >"$folder/$name.ko.xz.origin"
	done
	echo newer >"$ROOT/lib/modules/$RELEASE/kernel/iscsi_tcp.ko.xz"
	run installed "$RELEASE" "$folder" &&
		[ "$(cat "$ROOT/lib/modules/$RELEASE/kernel/libiscsi.ko.xz")" = "of dkms" ] &&
		[ "$(cat "$ROOT/lib/modules/$RELEASE/kernel/iscsi_tcp.ko.xz")" = newer ] && [ -z "$(ls "$folder")" ]
}

# refreshed LIST: whether an initramfs with these files is made anew.
refreshed() {
	touch "$ROOT/boot/initrd.img-$RELEASE"
	fake lsinitramfs "echo $1"
	fake update-initramfs "echo refreshed"
	run removed "$RELEASE" | grep refreshed
}

not_refreshed() {
	! refreshed "$1"
}

cases_around() {
	machine && tree
	works "the C modules stay where they are" c_modules_back
	works "an initramfs with iSCSI is made anew" refreshed "usr/lib/modules/x/kernel/drivers/scsi/libiscsi.ko.xz"
	works "another one is not" not_refreshed "usr/lib/modules/x/kernel/drivers/scsi/sd_mod.ko.xz"
	forgets "$ROOT/var/cache" "the cache"
	mkdir -p "$ROOT/etc/default" "$ROOT/srv" && echo "RUST_ISCSI_CACHE=$ROOT/srv" >"$ROOT/etc/default/rust-iscsi"
	forgets "$ROOT/srv" "a folder of the user's"
}

# forgets FOLDER NAME: what is there of kernels that are gone, and nothing else.
forgets() {
	local cache=$1/rust-iscsi
	mkdir -p "$cache"/{gone,gone.part,$RELEASE,$RELEASE.part} "$1/holiday"
	touch "$cache"/{lock,gone.log,$RELEASE.log} "$1"/{lock,letter}
	run forget
	works "trees of kernels that are gone are dropped from $2" lists "$cache" "$RELEASE" "$RELEASE.log" "$RELEASE.part" lock
	run forget all
	works "all are, and what is beside them stays in $2" lists "$1" holiday letter lock
}

# lists FOLDER NAME...
lists() {
	local folder=$1
	shift
	diff <(ls "$folder") <(printf '%s\n' "$@")
}

cases_of_kernels
cases_of_tools
cases_of_sources
cases_of_the_machine
cases_of_success
cases_around
exit "$FAILED"
