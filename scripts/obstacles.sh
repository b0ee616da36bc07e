# SPDX-License-Identifier: GPL-2.0
# What can be in the way of our modules on a user's machine, each with its cause and the command that mends it, in the
# order in which it is best mended. scripts/dkms sources it and sets ROOT, RELEASE and KDIR.

# MiB that preparing a tree takes for a while, and building the modules.
PREPARING_TAKES=900
BUILDING_TAKES=300

# Packages by what they are needed for: a command or a file, then Debian's name, then Fedora's.
BUILD_NEEDS=(
	"make make make"
	"rustc rustc rust"
	"bindgen bindgen bindgen-cli"
)
PREPARE_NEEDS=(
	"bc bc bc"
	"bison bison bison"
	"flex flex flex"
	"pahole pahole dwarves"
	"python3 python3 python3"
	"xz xz-utils xz"
	"/usr/include/gelf.h libelf-dev elfutils-libelf-devel"
	"/usr/include/openssl/evp.h libssl-dev openssl-devel"
)

config() {
	sed -n "s/^$1=\"\{0,1\}\([^\"]*\)\"\{0,1\}$/\1/p" "$KDIR/include/config/auto.conf"
}

# conf NAME: what dkms.conf says.
conf() {
	sed -n "s/^$1=\"\(.*\)\"$/\1/p" "$PROJECT/dkms.conf"
}

has_metadata() {
	[ -f "$1/rust/libkernel.rmeta" ]
}

on_debian() {
	command -v apt-get >/dev/null
}

install_command() {
	if on_debian; then echo "apt install $*"; else echo "dnf install $*"; fi
}

# What to do after that.
again() {
	echo "dkms autoinstall -k $RELEASE"
}

# older VERSION THAN
older() {
	[ "$1" != "$2" ] && [ "$(printf '%s\n' "$1" "$2" | sort -V | head -n 1)" = "$1" ]
}

# What linux-source-7.3 is the name for: 7.3.
series() {
	sed 's/^\([0-9]*\.[0-9]*\).*$/\1/' <<<"$1"
}

# source_of RELEASE: the source of that kernel; false if there is none.
source_of() {
	local found
	if [ -n "${LINUX_SOURCE-}" ]; then
		[ -e "$LINUX_SOURCE" ] || return 1
		echo "$LINUX_SOURCE"
		return
	fi
	for found in "$ROOT/usr/src/linux-source-$(series "$1").tar".{xz,zst,bz2}; do
		[ -f "$found" ] && echo "$found" && return
	done
	return 1
}

# The version of a package that is installed.
package_version() {
	dpkg-query -W -f '${db:Status-Abbrev} ${source:Version}\n' "$1" 2>/dev/null | sed -n 's/^.i. *//p'
}

obstacle_wish() {
	[[ " $KEEP_C " = *" $RELEASE "* ]] || return 1
	echo "KEEP_C in /etc/default/rust-iscsi asks for that: take it out there, then: $(again)"
}

obstacle_kernel() {
	local least most
	least=$(conf BUILD_EXCLUSIVE_KERNEL_MIN) most=$(conf BUILD_EXCLUSIVE_KERNEL_MAX)
	if older "$RELEASE" "$least"; then
		echo "it is older than $least, the oldest these modules are for: install a newer kernel, on Debian 13" \
			"'apt install -t trixie-backports linux-image-amd64 linux-headers-amd64'"
	elif older "$most" "$RELEASE"; then
		echo "it is newer than these modules are for (${most%.999}): $(install_command rust-iscsi-dkms) in a newer version"
	elif [ ! -f "$KDIR/include/config/auto.conf" ] && on_debian; then
		echo "there are no headers for it: apt install linux-headers-$RELEASE"
	elif [ ! -f "$KDIR/include/config/auto.conf" ]; then
		echo "there are no headers for it: dnf install kernel-devel-$RELEASE"
	elif [ "$(config CONFIG_RUST)" != y ]; then
		echo "it is built without CONFIG_RUST: install one that has it, on Debian 13" \
			"'apt install -t trixie-backports linux-image-amd64 linux-headers-amd64'"
	elif [ "$(config CONFIG_ISCSI_TCP)" != m ]; then
		echo "its iscsi_tcp is no module (CONFIG_ISCSI_TCP=m): install a kernel that has it as one"
	else
		return 1
	fi
}

# missing NEED...: the packages for what is not there.
missing() {
	local need what debian fedora
	for need in "$@"; do
		read -r what debian fedora <<<"$need"
		case $what in
		/*) [ ! -f "$ROOT$what" ] || continue ;;
		*) ! command -v "$what" >/dev/null || continue ;;
		esac
		if on_debian; then echo "$debian"; else echo "$fedora"; fi
	done
}

obstacle_programs() {
	local needs=("${BUILD_NEEDS[@]}") cc packages
	has_metadata "$KDIR" || needs+=("${PREPARE_NEEDS[@]}")
	cc=$(config CONFIG_CC_VERSION_TEXT)
	cc=${cc%% *}
	needs+=("$cc ${cc#x86_64-linux-gnu-} gcc")
	mapfile -t packages < <(missing "${needs[@]}")
	[ ${#packages[@]} -gt 0 ] || return 1
	echo "there is no ${packages[*]}: $(install_command "${packages[*]}") && $(again)"
}

obstacle_rustc() {
	local want have version
	want=$(config CONFIG_RUSTC_VERSION_TEXT) have=$(rustc --version)
	[ "$want" != "$have" ] || return 1
	version=$(sed -n 's/^rustc \([0-9.]*\).*$/\1/p' <<<"$want")
	echo "it was built with '$want', here is '$have': $(install_command "'rustc=$version*' 'rust-src=$version*'") && $(again)"
}

obstacle_bindgen() {
	local want have
	want=$(config CONFIG_BINDGEN_VERSION_TEXT) have=$(bindgen --version)
	[ -n "$want" ] && [ "$want" != "$have" ] || return 1
	echo "it was built with '$want', here is '$have': $(install_command "'bindgen=${want#bindgen }*'") && $(again)"
}

# Metadata that came with the headers must be of the compiler that is here.
obstacle_metadata() {
	local version
	has_metadata "$KDIR" || return 1
	version=$(rustc --version)
	! grep -qaF "$version" "$KDIR/rust/libkernel.rmeta" || return 1
	echo "the Rust metadata in $KDIR/rust was not made by '$version': make it again with" \
		"'make -C $(realpath "$KDIR") clean modules_prepare' && $(again)"
}

obstacle_rust_src() {
	! has_metadata "$KDIR" || return 1
	[ ! -f "$(rustc --print sysroot)/lib/rustlib/src/rust/library/core/src/lib.rs" ] || return 1
	echo "there is no source of Rust's core library: $(install_command rust-src) && $(again)"
}

obstacle_source() {
	local package headers source
	! has_metadata "$KDIR" || return 1
	package=linux-source-$(series "$RELEASE")
	if [ -n "${LINUX_SOURCE-}" ]; then
		[ ! -e "$LINUX_SOURCE" ] || return 1
		echo "LINUX_SOURCE=$LINUX_SOURCE does not exist: correct /etc/default/rust-iscsi, then: $(again)"
		return
	fi
	if ! source_of "$RELEASE" >/dev/null; then
		if on_debian; then
			echo "its headers have no Rust metadata, and there is no source to make it from: apt install $package"
		else
			echo "its headers have no Rust metadata, and there is no source to make it from: unpack it and name the folder" \
				"as LINUX_SOURCE in /etc/default/rust-iscsi, then: $(again)"
		fi
		return
	fi
	headers=$(package_version "linux-headers-$RELEASE") source=$(package_version "$package")
	[ -n "$headers" ] && [ -n "$source" ] && [ "$headers" != "$source" ] || return 1
	echo "$package is of version $source, the kernel's headers are of $headers: apt install $package=$headers"
}

# enforced: this machine loads signed modules only.
enforced() {
	local file=$ROOT/sys/kernel/security/lockdown
	if [ -r "$file" ] && ! grep -qF '[none]' "$file"; then return 0; fi
	file=$ROOT/sys/module/module/parameters/sig_enforce
	if [ -r "$file" ] && [ "$(cat "$file")" = Y ]; then return 0; fi
	mokutil --sb-state 2>/dev/null | grep -q 'SecureBoot enabled'
}

# The certificate that dkms signs for, as its own configuration says.
certificate() {
	(
		mok_certificate=
		kernelver=$RELEASE
		for file in "$ROOT"/etc/dkms/framework.conf "$ROOT"/etc/dkms/framework.conf.d/*.conf; do
			# shellcheck source=/dev/null
			[ ! -r "$file" ] || . "$file" >/dev/null
		done
		echo "${mok_certificate:-$ROOT/var/lib/dkms/mok.pub}"
	)
}

# Modules that would be refused must not come before those that are not.
obstacle_signature() {
	local certificate
	enforced || return 1
	certificate=$(certificate)
	if ! command -v mokutil >/dev/null; then
		echo "this machine loads signed modules only, and whether it knows dkms' key cannot be told:" \
			"$(install_command mokutil) && $(again)"
	elif [ ! -f "$certificate" ]; then
		echo "this machine loads signed modules only, and dkms has no key: $(install_command openssl) && dkms generate_mok && $(again)"
	elif ! mokutil --test-key "$certificate" 2>/dev/null | grep -q 'is already enrolled'; then
		echo "this machine loads signed modules only, and does not know dkms' key: mokutil --import $certificate, reboot," \
			"enrol it, then: $(again)"
	else
		return 1
	fi
}

# room FOLDER MIB: true if the file system of FOLDER, which need not be there yet, has so much left.
room() {
	local folder=$1
	while [ ! -d "$folder" ]; do folder=$(dirname "$folder"); done
	FREE=$(df -Pm "$folder" | awk 'NR == 2 { print $4 }')
	[ "$FREE" -ge "$2" ]
}

obstacle_space() {
	local takes=$PREPARING_TAKES
	! has_metadata "$KDIR" && ! has_metadata "$RUST_ISCSI_CACHE/$RELEASE/build" || takes=1
	if ! room "$RUST_ISCSI_CACHE" "$takes"; then
		echo "$RUST_ISCSI_CACHE has $FREE MiB left, and $takes are needed for a while: free some ('apt clean' may), then: $(again)"
	elif ! room "$PROJECT" "$BUILDING_TAKES"; then
		echo "$PROJECT has $FREE MiB left, and $BUILDING_TAKES are needed for a while: free some ('apt clean' may), then: $(again)"
	else
		return 1
	fi
}

# obstacle: the first of them; false when the way is free.
obstacle() {
	local name
	for name in wish kernel programs rustc bindgen metadata rust_src source signature space; do
		! "obstacle_$name" || return 0
	done
	return 1
}
