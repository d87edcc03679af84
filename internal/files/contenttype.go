package files

import (
	"net/http"
	"path"
	"strings"
)

// sniffLen is how much of the beginning decides about the content type.
const sniffLen = 512

// DetectContentType says what a file is, from its name and first bytes. What
// the bytes show wins, except where they show only a container or some text and
// the name says which kind.
func DetectContentType(name string, head []byte) string {
	byName := typeOfExtension(strings.ToLower(path.Ext(name)))
	sniffed := http.DetectContentType(head)
	base, _, _ := strings.Cut(sniffed, ";")
	switch {
	case byName == "":
		return sniffed
	case len(head) == 0, base == "application/octet-stream", base == "application/zip", base == "text/xml":
		return byName
	case (base == "text/plain" || base == "text/html") && isText(byName):
		return byName
	}
	return sniffed
}

// isText tells whether content of the type can look like plain text.
func isText(contentType string) bool {
	if strings.HasPrefix(contentType, "text/") || strings.HasPrefix(contentType, "message/") {
		return true
	}
	switch contentType {
	case "application/json", "application/x-ndjson", "application/xml", "application/yaml", "application/javascript", "application/x-pem-file", "application/sql", "application/rtf", "image/svg+xml":
		return true
	}
	return false
}

// typeOfExtension has a table of its own: the system's differs from machine to
// machine, and so would the records.
func typeOfExtension(ext string) string {
	switch ext {
	case ".txt", ".log", ".ini", ".cfg", ".conf":
		return "text/plain; charset=utf-8"
	case ".csv":
		return "text/csv; charset=utf-8"
	case ".tsv":
		return "text/tab-separated-values; charset=utf-8"
	case ".md":
		return "text/markdown; charset=utf-8"
	case ".htm", ".html":
		return "text/html; charset=utf-8"
	case ".css":
		return "text/css; charset=utf-8"
	case ".eml":
		return "message/rfc822"
	}
	return appTypeOfExtension(ext)
}

func appTypeOfExtension(ext string) string {
	switch ext {
	case ".json":
		return "application/json"
	case ".jsonl", ".ndjson":
		return "application/x-ndjson"
	case ".xml":
		return "application/xml"
	case ".yaml", ".yml":
		return "application/yaml"
	case ".js":
		return "application/javascript"
	case ".sql":
		return "application/sql"
	case ".pem", ".crt", ".key":
		return "application/x-pem-file"
	case ".rtf":
		return "application/rtf"
	case ".svg":
		return "image/svg+xml"
	case ".pdf":
		return "application/pdf"
	case ".zip":
		return "application/zip"
	case ".jar":
		return "application/java-archive"
	case ".tar":
		return "application/x-tar"
	case ".7z":
		return "application/x-7z-compressed"
	case ".parquet":
		return "application/vnd.apache.parquet"
	}
	return officeTypeOfExtension(ext)
}

func officeTypeOfExtension(ext string) string {
	const ooxml = "application/vnd.openxmlformats-officedocument."
	switch ext {
	case ".docx":
		return ooxml + "wordprocessingml.document"
	case ".xlsx":
		return ooxml + "spreadsheetml.sheet"
	case ".pptx":
		return ooxml + "presentationml.presentation"
	case ".doc":
		return "application/msword"
	case ".xls":
		return "application/vnd.ms-excel"
	case ".ppt":
		return "application/vnd.ms-powerpoint"
	case ".msg":
		return "application/vnd.ms-outlook"
	case ".odt":
		return "application/vnd.oasis.opendocument.text"
	}
	return ""
}
