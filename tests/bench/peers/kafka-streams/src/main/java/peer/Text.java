package peer;

import com.ibm.icu.text.Normalizer2;

/** Folding, and what counts as a word. */
final class Text {
    enum Kind { OTHER, WORD, HIRAGANA, KATAKANA, HAN, HANGUL }

    private static final Normalizer2 NFKC_CASEFOLD = Normalizer2.getNFKCCasefoldInstance();

    private Text() {
    }

    static String fold(String text) {
        return NFKC_CASEFOLD.normalize(text);
    }

    static Kind kindOf(int c) {
        if (c < 0x80) {
            return isAlnum(c) ? Kind.WORD : Kind.OTHER;
        }
        if (c >= 0x3041 && c <= 0x309F) {
            return Kind.HIRAGANA;
        }
        if (c >= 0x30A1 && c <= 0x30FF && c != 0x30FB) {
            return Kind.KATAKANA;
        }
        if (c >= 0x4E00 && c <= 0x9FFF || c >= 0x3400 && c <= 0x4DBF || c == 0x3005) {
            return Kind.HAN;
        }
        if (c >= 0xAC00 && c <= 0xD7FF) {
            return Kind.HANGUL;
        }
        if (c >= 0x20000) {
            return Character.isIdeographic(c) ? Kind.HAN : Kind.OTHER;
        }
        return isLetterOrMark(c) || isNumber(c) ? Kind.WORD : Kind.OTHER;
    }

    static boolean isAlnum(int c) {
        return c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z';
    }

    private static boolean isIn(int c, int types) {
        return (types >> Character.getType(c) & 1) != 0;
    }

    static boolean isLetterOrMark(int c) {
        if (c < 0x80) {
            return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z';
        }
        return isIn(c, 1 << Character.UPPERCASE_LETTER | 1 << Character.LOWERCASE_LETTER
                | 1 << Character.TITLECASE_LETTER | 1 << Character.MODIFIER_LETTER | 1 << Character.OTHER_LETTER
                | 1 << Character.NON_SPACING_MARK | 1 << Character.ENCLOSING_MARK
                | 1 << Character.COMBINING_SPACING_MARK);
    }

    private static boolean isNumber(int c) {
        return isIn(c, 1 << Character.DECIMAL_DIGIT_NUMBER | 1 << Character.LETTER_NUMBER
                | 1 << Character.OTHER_NUMBER);
    }

    /**
     * Latin literals match whole words, those of scripts without blanks anywhere; whole: those too stand
     * where the script changes.
     */
    static boolean stands(String text, int start, int end, boolean whole) {
        if (start > 0 && cuts(text.codePointAt(start), text.codePointBefore(start), whole)) {
            return false;
        }
        return end == text.length() || !cuts(text.codePointBefore(end), text.codePointAt(end), whole);
    }

    private static boolean cuts(int inside, int outside, boolean whole) {
        Kind kind = kindOf(inside);
        return kind != Kind.OTHER && (whole || kind == Kind.WORD) && kind == kindOf(outside);
    }
}
