package peer;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import java.io.IOException;
import java.time.LocalDate;
import java.time.OffsetDateTime;
import java.util.Arrays;

/** A raw post, read by Jackson's stream in one pass; used again for the next one. */
final class Post {
    static final long UNKNOWN = Long.MIN_VALUE;

    String id, text, lang, url, inReplyTo, repostOf, quoteOf, replaces;
    String author, handle, ageBand, gender;
    long createdMs, observedMs, followers;
    final long[] counts = new long[Rules.COUNTS.length];

    private final JsonFactory json;

    Post(JsonFactory json) {
        this.json = json;
    }

    private void reset() {
        id = text = lang = url = inReplyTo = repostOf = quoteOf = replaces = null;
        author = handle = ageBand = gender = null;
        createdMs = observedMs = followers = UNKNOWN;
        Arrays.fill(counts, UNKNOWN);
    }

    void read(byte[] value) throws IOException {
        reset();
        try (JsonParser in = json.createParser(value)) {
            in.nextToken();
            for (String name; (name = in.nextFieldName()) != null;) {
                in.nextToken();
                readMember(name, in);
            }
        }
    }

    private void readMember(String name, JsonParser in) throws IOException {
        switch (name) {
            case "id" -> id = in.getText();
            case "text" -> text = in.getText();
            case "lang" -> lang = in.getText();
            case "url" -> url = in.getText();
            case "in_reply_to" -> inReplyTo = in.getText();
            case "repost_of" -> repostOf = in.getText();
            case "quote_of" -> quoteOf = in.getText();
            case "replaces" -> replaces = in.getText();
            case "created_at" -> createdMs = timeOf(in.getText());
            case "observed_at" -> observedMs = timeOf(in.getText());
            case "author" -> readAuthor(in);
            case "metrics" -> readMetrics(in);
            default -> in.skipChildren();
        }
    }

    private void readAuthor(JsonParser in) throws IOException {
        for (String name; (name = in.nextFieldName()) != null;) {
            in.nextToken();
            switch (name) {
                case "id" -> author = in.getText();
                case "handle" -> handle = in.getText();
                case "age_band" -> ageBand = in.getText();
                case "gender" -> gender = in.getText();
                case "followers" -> followers = in.getLongValue();
                default -> in.skipChildren();
            }
        }
    }

    private void readMetrics(JsonParser in) throws IOException {
        for (String name; (name = in.nextFieldName()) != null;) {
            JsonToken token = in.nextToken();
            int i = 0;
            while (i < counts.length && !Rules.COUNTS[i].equals(name)) {
                i++;
            }
            if (i < counts.length && token == JsonToken.VALUE_NUMBER_INT) {
                counts[i] = in.getLongValue();
            } else {
                in.skipChildren();
            }
        }
    }

    private static int digits(String text, int at, int count) {
        int number = 0;
        for (int i = at; i < at + count; i++) {
            number = number * 10 + text.charAt(i) - '0';
        }
        return number;
    }

    /** 2025-12-05T16:00:00+09:00 by hand: java.time takes a microsecond for it. All else by java.time. */
    static long timeOf(String text) {
        if (text.length() != 25 || text.charAt(10) != 'T' || text.charAt(22) != ':') {
            return OffsetDateTime.parse(text).toInstant().toEpochMilli();
        }
        long day = LocalDate.of(digits(text, 0, 4), digits(text, 5, 2), digits(text, 8, 2)).toEpochDay();
        long minutes = digits(text, 11, 2) * 60 + digits(text, 14, 2);
        long offset = digits(text, 20, 2) * 60 + digits(text, 23, 2);
        minutes += text.charAt(19) == '-' ? offset : -offset;
        return ((day * 1440 + minutes) * 60 + digits(text, 17, 2)) * 1000;
    }

    String kind() {
        return repostOf != null ? "repost" : quoteOf != null ? "quote" : inReplyTo != null ? "reply" : "post";
    }

    String segment() {
        if (ageBand == null && gender == null) {
            return null;
        }
        return (ageBand == null ? "?" : ageBand) + "/" + (gender == null ? "?" : gender);
    }
}
