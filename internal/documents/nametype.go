package documents

import "strings"

// TypeOfName gives the content type that Java's runtime guesses from a file
// name: by its last extension, in any case. What that table does not know is
// application/octet-stream.
func TypeOfName(name string) string {
	if i := strings.LastIndexByte(name, '#'); i > 0 {
		name = name[:i-1] // the table takes it for a URL, and cuts one too many
	}
	i := strings.LastIndexByte(name, '.')
	if i < 0 || strings.ContainsRune(name[i:], ' ') {
		return octetStream
	}
	ext := " " + strings.ToLower(name[i+1:]) + " "
	for _, row := range append(applicationTypes(), mediaTypes()...) {
		if strings.Contains(row.extensions, ext) {
			return row.contentType
		}
	}
	return octetStream
}

type nameType struct{ contentType, extensions string }

// The tables are facts, asked of java.net.URLConnection of JDK 17 one extension
// at a time.

func applicationTypes() []nameType {
	return []nameType{
		{"application/octet-stream", " saveme dump hqx arc bin exe z "},
		{"application/oda", " oda "},
		{"application/pdf", " pdf "},
		{"application/postscript", " eps ai ps "},
		{"application/x-dvi", " dvi "},
		{"application/x-hdf", " hdf "},
		{"application/x-latex", " latex "},
		{"application/x-netcdf", " nc cdf "},
		{"application/x-tex", " tex "},
		{"application/x-texinfo", " texinfo texi "},
		{"application/x-troff", " t tr roff "},
		{"application/x-troff-man", " man "},
		{"application/x-troff-me", " me "},
		{"application/x-troff-ms", " ms "},
		{"application/x-wais-source", " src wsrc "},
		{"application/xml", " xml "},
		{"application/zip", " zip "},
		{"application/gzip", " gz "},
		{"application/json", " json "},
		{"application/vnd.openxmlformats-officedocument.presentationml.presentation", " pptx "},
		{"application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", " xlsx "},
		{"application/vnd.openxmlformats-officedocument.wordprocessingml.document", " docx "},
		{"application/vnd.oasis.opendocument.presentation", " odp "},
		{"application/vnd.oasis.opendocument.spreadsheet", " ods "},
		{"application/vnd.oasis.opendocument.text", " odt "},
		{"application/vnd.ms-excel", " xls "},
		{"application/vnd.ms-powerpoint", " ppt "},
		{"application/msword", " doc "},
		{"application/bz2", " bz2 "},
		{"application/x-7z-compressed", " 7z "},
		{"application/vnd.rar", " rar "},
		{"application/rtf", " rtf "},
		{"application/x-shar", " sh shar "},
		{"application/x-bcpio", " bcpio "},
		{"application/x-cpio", " cpio "},
		{"application/x-gtar", " gtar "},
		{"application/x-sv4cpio", " sv4cpio "},
		{"application/x-sv4crc", " sv4crc "},
		{"application/x-tar", " tar "},
		{"application/x-ustar", " ustar "},
		{"application/x-troff-msvideo", " avi "},
		{"application/java-archive", " jar "},
	}
}

func mediaTypes() []nameType {
	return []nameType{
		{"text/javascript", " js "},
		{"audio/aac", " aac "},
		{"audio/basic", " snd au "},
		{"audio/flac", " flac "},
		{"audio/mp4", " m4a "},
		{"audio/mpeg", " mp2 mp3 "},
		{"audio/ogg", " oga ogg opus spx "},
		{"audio/x-wav", " wav "},
		{"audio/x-aiff", " aifc aif aiff "},
		{"image/gif", " gif "},
		{"image/ief", " ief "},
		{"image/x-xbitmap", " xbm xpm "},
		{"image/x-xwindowdump", " xwd "},
		{"image/png", " png "},
		{"image/bmp", " bmp "},
		{"image/jpeg", " jfif jfif-tbnl jpe jpg jpeg "},
		{"image/svg+xml", " svg svgz "},
		{"image/tiff", " tif tiff "},
		{"image/vnd.fpx", " fpx fpix "},
		{"image/x-cmu-rast", " ras "},
		{"image/x-portable-anymap", " pnm "},
		{"image/x-portable-bitmap", " pbm "},
		{"image/x-portable-graymap", " pgm "},
		{"image/x-portable-pixmap", " ppm "},
		{"image/x-rgb", " rgb "},
		{"image/webp", " webp "},
		{"text/css", " css "},
		{"text/csv", " csv "},
		{"text/html", " htm html "},
		{"text/markdown", " md markdown "},
		{"text/plain", " php text c cc c++ h pl txt java el py "},
		{"text/tab-separated-values", " tsv "},
		{"text/x-setext", " etx "},
		{"video/mp4", " mp4 m4v "},
		{"video/mpeg", " mpg mpe mpeg "},
		{"video/ogg", " ogv "},
		{"video/quicktime", " mov qt "},
		{"video/webm", " webm "},
		{"video/x-sgi-movie", " movie mv "},
		{"message/rfc822", " mime "},
	}
}
