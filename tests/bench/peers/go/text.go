package main

import (
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// fold appends the text in NFKC and lower case to into[:0]. What needs no normalising is only copied.
func fold(into, text []byte) []byte {
	into = into[:0]
	if plain := norm.NFKC.QuickSpan(text); plain == len(text) {
		into = append(into, text...)
	} else {
		into = norm.NFKC.Append(into, text...)
	}
	return lower(into)
}

// Beyond U+07FF hardly a letter has case, so kana and kanji pass; the rest as unicode.ToLower has it,
// where that takes as many bytes.
func lower(text []byte) []byte {
	for i := 0; i < len(text); {
		c := text[i]
		if c < utf8.RuneSelf {
			if 'A' <= c && c <= 'Z' {
				text[i] = c + 'a' - 'A'
			}
			i++
			continue
		}
		if c >= 0xE0 {
			i++
			for i < len(text) && text[i] >= utf8.RuneSelf {
				if text[i] < 0xE0 && text[i] >= 0xC0 {
					break
				}
				i++
			}
			continue
		}
		r, size := utf8.DecodeRune(text[i:])
		if small := unicode.ToLower(r); small != r && utf8.RuneLen(small) == size {
			utf8.EncodeRune(text[i:], small)
		}
		i += size
	}
	return text
}

type class int

const (
	other class = iota
	word
	hiragana
	katakana
	han
	hangul
)

func classOf(r rune) class {
	switch {
	case r < utf8.RuneSelf:
		if r >= '0' && r <= '9' || r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' {
			return word
		}
		return other
	case r >= 0x3041 && r <= 0x309F:
		return hiragana
	case r >= 0x30A0 && r <= 0x30FF && r != 0x30FB && r != 0x30A0:
		return katakana
	case r >= 0x4E00 && r <= 0x9FFF || r >= 0x3400 && r <= 0x4DBF || r >= 0x20000 || r == 0x3005:
		if r >= 0x20000 && !unicode.Is(unicode.Han, r) {
			return other
		}
		return han
	case r >= 0xAC00 && r <= 0xD7FF:
		return hangul
	case unicode.IsLetter(r) || unicode.IsMark(r) || unicode.IsNumber(r):
		return word
	}
	return other
}

// Latin literals match whole words, those of scripts without blanks anywhere; whole: those too stand
// where the script changes.
func stands(text []byte, start, end int, whole bool) bool {
	first, _ := utf8.DecodeRune(text[start:end])
	last, _ := utf8.DecodeLastRune(text[start:end])
	if start > 0 {
		before, _ := utf8.DecodeLastRune(text[:start])
		if cuts(first, before, whole) {
			return false
		}
	}
	if end == len(text) {
		return true
	}
	behind, _ := utf8.DecodeRune(text[end:])
	return !cuts(last, behind, whole)
}

func cuts(inside, outside rune, whole bool) bool {
	class := classOf(inside)
	return class != other && (whole || class == word) && class == classOf(outside)
}
