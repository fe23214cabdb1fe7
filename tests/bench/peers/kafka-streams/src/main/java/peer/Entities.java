package peer;

import java.util.ArrayList;
import java.util.List;

/** Hashtags, mentions and addresses of a text, each once, found in one pass. */
final class Entities {
    final List<String> hashtags = new ArrayList<>();
    final List<String> mentions = new ArrayList<>();
    final List<String> urls = new ArrayList<>();

    private String text;

    private static void addOnce(List<String> list, String text) {
        if (!list.contains(text)) {
            list.add(text);
        }
    }

    void find(String of) {
        text = of;
        hashtags.clear();
        mentions.clear();
        urls.clear();
        for (int i = 0; i < text.length();) {
            switch (text.charAt(i)) {
                case '#', '＃' -> i = hashtag(i);
                case '@', '＠' -> i = mention(i);
                case ':' -> i = url(i);
                default -> i++;
            }
        }
    }

    private int at(int i) {
        return i < text.length() ? text.codePointAt(i) : 0;
    }

    private static boolean isTagMark(int c) {
        return switch (c) {
            case '_', 0xB7, 0x200C, 0x200D, 0x3003, 0x301C, 0x309B, 0x309C, 0x30A0, 0x30FB, 0xFF5E -> true;
            default -> false;
        };
    }

    private static boolean isTagChar(int c) {
        return Text.isLetterOrMark(c) || Character.isDigit(c) || isTagMark(c);
    }

    private int hashtag(int sign) {
        int start = sign + 1;
        int before = sign > 0 ? text.codePointBefore(sign) : ' ';
        if (before != 0xFE0F && before != 0xFE0E && (before == '&' || isTagChar(before))
                || at(start) == 0xFE0F || at(start) == 0x20E3) {
            return start;
        }
        int end = start;
        boolean hasLetter = false;
        for (int c; end < text.length() && isTagChar(c = text.codePointAt(end)); end += Character.charCount(c)) {
            hasLetter |= Text.isLetterOrMark(c);
        }
        if (hasLetter && at(end) != '#' && at(end) != '＃' && !text.startsWith("://", end)) {
            addOnce(hashtags, text.substring(start, end));
        }
        return end;
    }

    private int mention(int sign) {
        int start = sign + 1;
        int end = start;
        while (end < text.length() && end - start < 20 && (Text.isAlnum(text.charAt(end)) || text.charAt(end) == '_')) {
            end++;
        }
        char before = sign > 0 ? text.charAt(sign - 1) : ' ';
        if (end == start || Text.isAlnum(before) || "_!#$%&*@".indexOf(before) >= 0) {
            return start;
        }
        if (at(end) != '@' && at(end) != '＠' && !text.startsWith("://", end)) {
            addOnce(mentions, text.substring(start, end));
        }
        return end;
    }

    private static boolean isUrlChar(char c) {
        return Text.isAlnum(c) || "!*';:=+,.$/%#[]-_~@|&?()".indexOf(c) >= 0;
    }

    /** Only addresses with a protocol: no bare domains, which need a list of the top-level ones. */
    private int url(int colon) {
        int start = colon >= 5 && text.regionMatches(true, colon - 5, "https", 0, 5) ? colon - 5 : colon - 4;
        if (start < 0 || !text.regionMatches(true, start, "http", 0, 4) || !text.startsWith("://", colon)) {
            return colon + 1;
        }
        int host = colon + 3;
        int end = host;
        while (end < text.length() && isUrlChar(text.charAt(end))) {
            end++;
        }
        while (end > host && !Text.isAlnum(text.charAt(end - 1)) && "+-=_#/&".indexOf(text.charAt(end - 1)) < 0) {
            end--;
        }
        if (text.startsWith("t.co/", host)) {
            int slug = host + 5;
            while (slug < end && Text.isAlnum(text.charAt(slug))) {
                slug++;
            }
            end = slug;
        }
        if (end > host) {
            addOnce(urls, text.substring(start, end));
        }
        return end;
    }
}
