package site

import (
	"fmt"
	"net/url"
	"strings"
)

// href is a file of the export as a relative reference, seen from a folder as deep as up says: "../" for one.
func href(up, path string) string {
	parts := strings.Split(path, "/")
	for i, part := range parts {
		parts[i] = url.PathEscape(part)
	}
	return up + strings.Join(parts, "/")
}

// pageHref is a page of a PDF, by the open parameter that readers know (RFC 8118, section 3).
func pageHref(up, path string, page int) string {
	if page < 1 {
		return href(up, path)
	}
	return fmt.Sprintf("%s#page=%d", href(up, path), page)
}

// webAddress gives an address that a person may follow: http or https with a host; "" for anything else, which is shown as
// text.
func webAddress(words string) string {
	address, err := url.Parse(strings.TrimSpace(words))
	if err != nil || address.Host == "" || address.User != nil || address.Scheme != "http" && address.Scheme != "https" {
		return ""
	}
	return address.String()
}

// pieces parts an address, web or e-mail, where a line may break; other words stay whole.
func pieces(words string) []string {
	if strings.ContainsAny(words, " \n") || !strings.ContainsAny(words, "@/") {
		return []string{words}
	}
	var all []string
	for words != "" {
		end := strings.IndexAny(words, "@/.?&=") + 1
		for end > 0 && end < len(words) && words[end] == '/' {
			end++
		}
		if end == 0 {
			end = len(words)
		}
		all, words = append(all, words[:end]), words[end:]
	}
	return all
}
