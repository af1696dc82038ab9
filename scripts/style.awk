# Breaches of style in C files, as file:line. Code is looked at without its
# comments and strings; a function is what stands between { and } in column 0.
function bad(why) {
	print FILENAME ":" FNR ": " why
	n_bad++
}

function width(s,    i, c, w) {
	gsub(/[\200-\277]/, "", s)
	for (i = 1; i <= length(s); i++) {
		c = substr(s, i, 1)
		w += c == "\t" ? 8 - w % 8 : 1
	}
	return w
}

# The line without strings, character constants and comments.
function code(s,    at) {
	if (inside) {
		if (!(at = index(s, "*/")))
			return ""
		s = substr(s, at + 2)
		inside = 0
	}
	gsub(/\\./, "", s)
	gsub(/"[^"]*"|'[^']*'/, "\"\"", s)
	gsub(/\/\*([^*]|\*[^\/])*\*\//, "", s)
	if ((at = index(s, "/*"))) {
		s = substr(s, 1, at - 1)
		inside = 1
	}
	return s
}

FNR == 1 {
	inside = start = 0
	may_alloc = FILENAME ~ /^(src\/base|tests)\//
}
length($0) > 20 && width($0) > 80 { bad("wider than 80 columns") }
/\/?\*[ *]*[-=#_~*][-=#_~*][-=#_~*][-=#_~*]/ { bad("a banner") }
FNR == 501 && /^/ { bad("a file of more than 500 lines") }

{
	line = code($0)
	if (line == "")
		next
}
line ~ /^{/ { start = FNR }
line ~ /^}/ && start {
	if (FNR - start - 1 > 100)
		bad("a function of " FNR - start - 1 " lines")
	start = 0
}
line ~ /(^|[^A-Za-z0-9_.>])(v?sprintf|str(n?cpy|n?cat|tok)|ato[ifl]+|gets|rand|srand|random|time|u?sleep|localtime|gmtime)[ ]?\(/ {
	bad("a banned function")
}
!may_alloc && line ~ /(^|[^A-Za-z0-9_.>])((m|c|re)alloc(array)?|strn?dup|v?asprintf)[ ]?\(/ {
	bad("allocation without xalloc")
}
line ~ /^typedef (struct|enum|union)[^(]*$/ { bad("a typedef of a struct") }

END { exit n_bad > 0 }
