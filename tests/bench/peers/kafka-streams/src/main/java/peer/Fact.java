package peer;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;

/** A facts row, and what the store keeps of a post. Used again for each row. */
final class Fact {
    static final long UNKNOWN = -1;

    private final JsonFactory json;
    private final long[] counts = new long[6];
    private String kind;
    private long created;
    private String subject;
    long asOf;
    String author;
    String sentiment;
    List<String> tags = new ArrayList<>();

    Fact(JsonFactory json) {
        this.json = json;
    }

    boolean isUpdate() {
        return "update".equals(kind);
    }

    boolean isPost() {
        return !isUpdate() && !"repost".equals(kind);
    }

    String subject() {
        return subject;
    }

    long hour() {
        return (created != UNKNOWN ? created : asOf) / 3_600_000;
    }

    boolean saysTheSame(Fact other) {
        return tags.equals(other.tags) && Objects.equals(sentiment, other.sentiment)
                && Objects.equals(author, other.author) && hour() == other.hour();
    }

    private void clear() {
        Arrays.fill(counts, UNKNOWN);
        kind = subject = author = sentiment = null;
        created = asOf = UNKNOWN;
        tags.clear();
    }

    private void readMember(JsonParser in, String name) throws IOException {
        switch (name) {
            case "kind" -> kind = in.getText();
            case "subject" -> subject = in.getText();
            case "author" -> author = in.getText();
            case "sentiment" -> sentiment = in.getText();
            case "as_of" -> asOf = in.getLongValue();
            case "created" -> created = in.getLongValue();
            case "tags" -> {
                while (in.nextToken() != JsonToken.END_ARRAY) {
                    tags.add(in.getText());
                }
            }
            case "reposts" -> counts[0] = in.getLongValue();
            case "quotes" -> counts[1] = in.getLongValue();
            case "replies" -> counts[2] = in.getLongValue();
            case "likes" -> counts[3] = in.getLongValue();
            case "bookmarks" -> counts[4] = in.getLongValue();
            case "views" -> counts[5] = in.getLongValue();
            default -> in.skipChildren();
        }
    }

    void read(byte[] row) throws IOException {
        clear();
        try (JsonParser in = json.createParser(row)) {
            in.nextToken();
            while (in.nextToken() == JsonToken.FIELD_NAME) {
                String name = in.currentName();
                in.nextToken();
                readMember(in, name);
            }
        }
    }

    /** A later observation without content of its own. */
    void takeCounts(Fact later) {
        System.arraycopy(later.counts, 0, counts, 0, counts.length);
        asOf = later.asOf;
    }

    void load(byte[] stored) throws IOException {
        clear();
        DataInputStream in = new DataInputStream(new ByteArrayInputStream(stored));
        for (int i = 0; i < counts.length; i++) {
            counts[i] = in.readLong();
        }
        asOf = in.readLong();
        created = in.readLong();
        kind = in.readUTF();
        author = emptyIsNone(in.readUTF());
        sentiment = emptyIsNone(in.readUTF());
        for (int left = in.readInt(); left > 0; left--) {
            tags.add(in.readUTF());
        }
    }

    byte[] stored() throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream(256);
        DataOutputStream out = new DataOutputStream(bytes);
        for (long count : counts) {
            out.writeLong(count);
        }
        out.writeLong(asOf);
        out.writeLong(created);
        out.writeUTF(kind);
        out.writeUTF(author == null ? "" : author);
        out.writeUTF(sentiment == null ? "" : sentiment);
        out.writeInt(tags.size());
        for (String tag : tags) {
            out.writeUTF(tag);
        }
        return bytes.toByteArray();
    }

    private static String emptyIsNone(String text) {
        return text.isEmpty() ? null : text;
    }
}
