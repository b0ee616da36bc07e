# SPDX-License-Identifier: GPL-2.0
# How a kernel tree that modules in Rust can be built against is made from what a distribution ships: its headers,
# which lack the metadata of the kernel's Rust crates, and its source. Source it; kernel_make has to be defined,
# as make with the compilers the kernel was built with. Reasons to give up are the last line on standard output.

# Versions of tools that leave no trace in what Rust code sees: an update of gcc changes nothing but these lines.
TREE_TOOL_VERSIONS='^CONFIG_(CC_VERSION_TEXT|GCC_VERSION|CLANG_VERSION|AS_VERSION|LD_VERSION|LLD_VERSION|PAHOLE_VERSION)='

# prepare_tree SOURCE HEADERS BUILD RELEASE CC: makes the object folder BUILD as the headers package would have it,
# had it the Rust metadata.
prepare_tree() {
	local source=$1 headers=$2 build=$3 release=$4 cc=$5
	local goal=(-C "$source" O="$build" KERNELRELEASE="$release" CC="$cc" -j"$(nproc)")
	rm -rf "$build"
	mkdir -p "$build"
	cp "$headers/.config" "$build/.config"
	kernel_make "${goal[@]}" olddefconfig || return
	diff <(grep -vE "$TREE_TOOL_VERSIONS" "$headers/.config") <(grep -vE "$TREE_TOOL_VERSIONS" "$build/.config") || {
		echo "olddefconfig changed the distribution's configuration: the toolchain is not the one the kernel was built with"
		return 1
	}
	kernel_make "${goal[@]}" modules_prepare || return
	cp "$headers/include/generated/utsrelease.h" "$build/include/generated/"
	cp "$headers/include/config/kernel.release" "$build/include/config/"
	cp "$headers/Module.symvers" "$build/"
}

# compare_rust_symbols BUILD: the Rust symbols generated here must be the ones the kernel exports, or nothing links
# as it should.
compare_rust_symbols() {
	local build=$1
	diff <(awk '$2 ~ /^_R/ { print $2 }' "$build/Module.symvers" | sort) \
		<(sed -n 's/^EXPORT_SYMBOL_RUST_GPL(\(_R.*\));$/\1/p' "$build"/rust/exports_*_generated.h | sort) || {
		echo "the Rust symbols made here differ from the distribution's Module.symvers:" \
			"the compiler or the configuration is not the one the kernel was built with"
		return 1
	}
	awk '$2 ~ /^_R/ { n++ } END { print n " Rust symbols agree"; exit n == 0 }' "$build/Module.symvers"
}

# links FOLDER INTO NAME...: INTO gets links to all that is in FOLDER, less the names.
links() {
	local folder=$1 into=$2 file name
	shift 2
	mkdir -p "$into"
	for file in "$folder"/* "$folder"/.config "$folder"/.kernelvariables; do
		name=${file##*/}
		[[ -e $file && " $* " != *" $name "* ]] || continue
		ln -s "$(realpath -s "$file")" "$into/$name"
	done
}

# complete_headers HEADERS SOURCE BUILD INTO: INTO/build is the headers package and what it lacks, a tenth of SOURCE
# and BUILD, which are of no more use then.
complete_headers() {
	local headers=$1 source=$2 build=$3 into=$4 common
	# Debian keeps in another folder what is the same for all flavours of a kernel.
	common=$(sed -n 's,^include \(/.*\)/Makefile$,\1,p' "$headers/Makefile")
	links "${common:-$headers}" "$into/source" rust
	mkdir -p "$into/source/rust"
	cp "$source/rust/Makefile" "$into/source/rust/"
	# Without vmlinux, from which a module's BTF would be made: the modules that were tested have none.
	links "$headers" "$into/build" Makefile source rust scripts vmlinux
	links "$headers/scripts" "$into/build/scripts" target.json
	mkdir -p "$into/build/rust"
	# Macros of the kernel crate include what is in the folder of that name.
	cp -R "$build"/rust/*.rmeta "$build"/rust/*.so "$build/rust/kernel" "$into/build/rust/"
	[ ! -f "$build/scripts/target.json" ] || cp "$build/scripts/target.json" "$into/build/scripts/"
	printf '%s\n' "KBUILD_OUTPUT=$into/build" "include $into/source/Makefile" >"$into/build/Makefile"
}
