# SPDX-License-Identifier: GPL-2.0
# Two records, sorted files with a fact a line, compared with a list of the differences that are meant. Source it.
#
# An entry of the list is a regular expression for lines of differences(), with its reason on the line below, after a
# tab. The first entry that fits explains a difference. One that no entry fits is a failure, and so is an entry that
# fits nothing.

# differences C OURS: what only one of them has: C marked with -, ours with +.
differences() {
	comm -23 "$1" "$2" | sed 's/^/- /'
	comm -13 "$1" "$2" | sed 's/^/+ /'
}

# explain LIST: prints each difference behind the reason it is listed with, or UNEXPECTED; then the entries that fit
# nothing, behind NOT FOUND.
explain() {
	awk '
		FNR == NR {
			if (/^#/ || /^$/) next
			if (/^\t/) { reason[count] = reason[count] substr($0, 2) " "; next }
			pattern[++count] = $0
			next
		}
		{
			why = "UNEXPECTED"
			for (i = 1; i <= count; i++) if ($0 ~ pattern[i]) { why = reason[i]; used[i] = 1; break }
			print why "\t" $0
		}
		END { for (i = 1; i <= count; i++) if (!used[i]) print "NOT FOUND\t" pattern[i] }' "$1" - |
		sort -t "$(printf '\t')" -k 1,1 -s
}

# show C OURS EXPLAINED: what explain() printed, by reason, and the numbers. False when something is not as meant, or
# nothing is the same.
show() {
	local equal bad
	awk -F '\t' '$1 != last { print "  " $1; last = $1 } { print "    " $2 }' "$3"
	equal=$(comm -12 "$1" "$2" | wc -l)
	bad=$(grep -cE '^(UNEXPECTED|NOT FOUND)' "$3" || true)
	echo "$equal facts are the same, $(($(wc -l <"$3") - bad)) differ as intended, $bad do not"
	[ "$bad" -eq 0 ] && [ "$equal" -gt 0 ]
}
