#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0
# What scripts/test-matrix makes of the machine's words, with a script in the place of the machine.
#
# Prints "ok NAME" or "not ok NAME" for each case; runs on the host, without a kernel.
set -euo pipefail

. "$(dirname "$0")/../lib/on_host.sh"
export RUST_ISCSI_CACHE=$WORK/cache

matrix() {
	"$WORK/scripts/test-matrix" "$@"
}

# The names of all mixtures, in their order, one a line.
names() {
	matrix nothing 2>&1 | sed -n 's/^error: no mixture nothing; there are: //p' | xargs -n 1
}

all_there() {
	[ "$(names | sort -u | wc -l)" -eq 16 ]
}

# The names of the modules in which neighbours differ, one a line.
steps() {
	local last='' now
	names | sed 's/^c$//; s/^rust$/scsi_transport_iscsi+libiscsi+libiscsi_tcp+iscsi_tcp/' | while IFS= read -r now; do
		comm -3 <(tr + '\n' <<<"$last" | sort) <(tr + '\n' <<<"$now" | sort) | xargs -r
		last=$now
	done
}

one_at_a_time() {
	[ "$(steps | wc -l)" -eq 15 ] && ! grep ' ' <<<"$(steps)"
}

# What the machine does not survive is a failure of that test alone.
death_costs_one() {
	! matrix c libiscsi rust >"$WORK/out" || { echo "it passes" && return 1; }
	cat "$WORK/out"
	diff "$WORK/build/test-results/matrix.tsv" <(
		printf '%s\t' scsi_transport_iscsi libiscsi libiscsi_tcp iscsi_tcp
		printf '%s\t' first_light_lio digests data_rules relogin eh_abort && echo rmmod_under_load
		printf '%s\t' C C C C ok ok ok ok ok && echo ok
		printf '%s\t' C Rust C C ok ok ok fail ok && echo ok
		printf '%s\t' Rust Rust Rust Rust ok skip ok ok ok && echo ok
	) && [ "$(tail -n 1 "$WORK/out")" = "16 passed, 1 failed, 1 skipped" ]
}

picture_agrees() {
	local word
	for word in '<svg ' '>Linux 0-test, 3 mixtures: 16 passed, 1 failed, 1 skipped</text>'; do
		grep -F "$word" "$WORK/build/test-results/matrix.svg" || return 1
	done
	[ "$(grep -c '>fail</text>' "$WORK/build/test-results/matrix.svg")" -eq 1 ]
}

passes() {
	matrix c iscsi_tcp
}

mkdir -p "$WORK/cache/kernels"
echo 0-test >"$WORK/cache/kernels/current"
cp -a "$PROJECT/scripts" "$WORK/"
(cd "$PROJECT" && tar -c selftests/lib selftests/tests) | tar -x -C "$WORK"
cat >"$WORK/scripts/vm" <<'EOF'
#!/usr/bin/env bash
while [ "$1" != ./run ]; do
	shift
done
shift
for name in "$@"; do
	echo "# $name begins"
	case $name in
	libiscsi/relogin) exit 101 ;;
	rust/digests) echo "ok 1 $name # SKIP all its checks were, 1 s" ;;
	*) echo "  ok 1 check" && echo "ok 1 $name # 1 s" ;;
	esac
done
EOF

works "all 16 mixtures are there" all_there
works "from one to the next one module changes" one_at_a_time
works "a machine that dies costs one test" death_costs_one
works "the picture agrees" picture_agrees
works "a run in which all pass succeeds" passes
exit "$FAILED"
