package main

import (
	"bytes"
	"unicode"
	"unicode/utf8"
)

// Entities as parts of the text, each once.
type entities struct {
	hashtags, mentions, urls [][]byte
}

func (e *entities) reset() {
	e.hashtags, e.mentions, e.urls = e.hashtags[:0], e.mentions[:0], e.urls[:0]
}

func addOnce(list [][]byte, text []byte) [][]byte {
	for _, known := range list {
		if bytes.Equal(known, text) {
			return list
		}
	}
	return append(list, text)
}

// One pass: only bytes that may begin an entity are looked at.
func (e *entities) find(text []byte) {
	e.reset()
	for i := 0; i < len(text); {
		switch c := text[i]; {
		case c == '#':
			i = e.hashtag(text, i, i+1)
		case c == '@':
			i = e.mention(text, i, i+1)
		case c == ':':
			i = e.url(text, i)
		case c == 0xEF && i+2 < len(text) && text[i+1] == 0xBC && text[i+2] == 0x83:
			i = e.hashtag(text, i, i+3)
		case c == 0xEF && i+2 < len(text) && text[i+1] == 0xBC && text[i+2] == 0xA0:
			i = e.mention(text, i, i+3)
		default:
			i++
		}
	}
}

func isTagMark(r rune) bool {
	switch r {
	case '_', 0xB7, 0x200C, 0x200D, 0x3003, 0x301C, 0x309B, 0x309C, 0x30A0, 0x30FB, 0xFF5E:
		return true
	}
	return false
}

func isLetter(r rune) bool {
	if r < utf8.RuneSelf {
		return r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z'
	}
	return classOf(r) > word || unicode.IsLetter(r) || unicode.IsMark(r)
}

func isTagRune(r rune) bool {
	return isLetter(r) || isTagMark(r) || unicode.IsDigit(r)
}

func (e *entities) hashtag(text []byte, sign, at int) int {
	before, _ := utf8.DecodeLastRune(text[:sign])
	first, _ := utf8.DecodeRune(text[at:])
	if sign > 0 && before != 0xFE0F && before != 0xFE0E && (before == '&' || isTagRune(before)) {
		return at
	}
	if first == 0xFE0F || first == 0x20E3 {
		return at
	}
	end, hasLetter := at, false
	for end < len(text) {
		r, size := utf8.DecodeRune(text[end:])
		if isLetter(r) {
			hasLetter = true
		} else if !isTagRune(r) {
			break
		}
		end += size
	}
	behind, _ := utf8.DecodeRune(text[end:])
	if hasLetter && behind != '#' && behind != 0xFF03 && !bytes.HasPrefix(text[end:], []byte("://")) {
		e.hashtags = addOnce(e.hashtags, text[at:end])
	}
	return end
}

func isAlnum(c byte) bool {
	return c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z'
}

func (e *entities) mention(text []byte, sign, at int) int {
	end := at
	for end < len(text) && end-at < 20 && (isAlnum(text[end]) || text[end] == '_') {
		end++
	}
	if end == at || sign > 0 && (isAlnum(text[sign-1]) || bytes.IndexByte([]byte("_!#$%&*@"), text[sign-1]) >= 0) {
		return at
	}
	behind, _ := utf8.DecodeRune(text[end:])
	if behind == '@' || behind == 0xFF20 || bytes.HasPrefix(text[end:], []byte("://")) {
		return end
	}
	e.mentions = addOnce(e.mentions, text[at:end])
	return end
}

// Only addresses with a protocol: no bare domains, which need a list of the top-level ones.
func (e *entities) url(text []byte, colon int) int {
	start := colon - 5
	if start < 0 || !bytes.EqualFold(text[start:colon], []byte("https")) {
		start = colon - 4
	}
	if start < 0 || !bytes.EqualFold(text[start:start+4], []byte("http")) || !bytes.HasPrefix(text[colon:], []byte("://")) {
		return colon + 1
	}
	end := colon + 3
	for end < len(text) && (isAlnum(text[end]) || bytes.IndexByte([]byte("!*';:=+,.$/%#[]-_~@|&?()"), text[end]) >= 0) {
		end++
	}
	for end > colon+3 && !isAlnum(text[end-1]) && bytes.IndexByte([]byte("+-=_#/&"), text[end-1]) < 0 {
		end--
	}
	if end == colon+3 {
		return end
	}
	if rest := text[colon+3 : end]; bytes.HasPrefix(rest, []byte("t.co/")) {
		slug := 5
		for slug < len(rest) && isAlnum(rest[slug]) {
			slug++
		}
		end = colon + 3 + slug
	}
	e.urls = addOnce(e.urls, text[start:end])
	return end
}
