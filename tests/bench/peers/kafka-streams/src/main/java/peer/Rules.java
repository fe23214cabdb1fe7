package peer;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.hankcs.algorithm.AhoCorasickDoubleArrayTrie;
import java.io.File;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * The rules file of the benchmark: YAML that is JSON too. Of the terms it knows what the benchmark makes:
 * literals, word:, #hashtag and {term, except}, in any and none.
 */
final class Rules {
    /** What one literal is to one tag. against: it stands in none. */
    record Use(int tag, boolean whole, boolean against, List<String> excepts) {
    }

    record Tier(String name, double atLeast) {
    }

    static final String[] COUNTS = {"reposts", "quotes", "replies", "likes", "bookmarks", "views"};

    String[] tags;
    int[][] parents;
    final AhoCorasickDoubleArrayTrie<Use[]> find = new AhoCorasickDoubleArrayTrie<>();
    final Map<String, List<Use>> hashtags = new HashMap<>();
    final double[] weights = new double[COUNTS.length];
    final List<Tier> tiers = new ArrayList<>();
    long minAgeMs;

    private final Map<String, List<String>> aliases = new HashMap<>();
    private final TreeMap<String, List<Use>> literals = new TreeMap<>();

    static Rules load(File file) throws IOException {
        JsonNode tree = new ObjectMapper().readTree(file);
        Rules rules = new Rules();
        tree.get("aliases").properties().forEach(entry -> {
            List<String> others = new ArrayList<>();
            entry.getValue().forEach(other -> others.add(Text.fold(other.asText())));
            rules.aliases.put(Text.fold(entry.getKey()), others);
        });
        rules.readTags(tree.get("tags"));
        rules.readEngagement(tree.get("engagement"));
        TreeMap<String, Use[]> patterns = new TreeMap<>();
        rules.literals.forEach((literal, uses) -> patterns.put(literal, uses.toArray(new Use[0])));
        rules.find.build(patterns);
        return rules;
    }

    private void readTags(JsonNode tree) {
        List<String> names = new ArrayList<>();
        tree.fieldNames().forEachRemaining(names::add);
        tags = names.toArray(new String[0]);
        parents = new int[tags.length][];
        for (int i = 0; i < tags.length; i++) {
            JsonNode tag = tree.get(tags[i]);
            readTerms(tag.path("any"), i, false);
            readTerms(tag.path("none"), i, true);
            List<Integer> implied = new ArrayList<>();
            tag.path("implies").forEach(name -> implied.add(names.indexOf(name.asText())));
            parents[i] = implied.stream().mapToInt(Integer::intValue).toArray();
        }
    }

    private void readTerms(JsonNode terms, int tag, boolean against) {
        for (JsonNode term : terms) {
            List<String> excepts = new ArrayList<>();
            term.path("except").forEach(except -> excepts.addAll(twins(except.asText())));
            addTerm(term.isTextual() ? term.asText() : term.get("term").asText(), tag, against, excepts);
        }
    }

    private void addTerm(String term, int tag, boolean against, List<String> excepts) {
        if (term.startsWith("#")) {
            for (String twin : twins(term.substring(1))) {
                hashtags.computeIfAbsent(twin, name -> new ArrayList<>()).add(new Use(tag, false, against, excepts));
            }
            return;
        }
        boolean whole = term.startsWith("word:");
        for (String twin : twins(whole ? term.substring(5) : term)) {
            literals.computeIfAbsent(twin, name -> new ArrayList<>()).add(new Use(tag, whole, against, excepts));
        }
    }

    private List<String> twins(String written) {
        String literal = Text.fold(written);
        List<String> twins = new ArrayList<>(List.of(literal));
        aliases.forEach((name, others) -> {
            if (literal.contains(name)) {
                others.forEach(other -> twins.add(literal.replace(name, other)));
            }
        });
        return twins;
    }

    private void readEngagement(JsonNode tree) {
        for (int i = 0; i < COUNTS.length; i++) {
            weights[i] = tree.path("weights").path(COUNTS[i]).asDouble(0);
        }
        minAgeMs = Duration.parse("PT" + tree.get("min_age").asText()).toMillis();
        if (!tree.get("tiers").get("by").asText().equals("total")) {
            throw new IllegalArgumentException("tiers: only by total is known");
        }
        tree.get("tiers").properties().forEach(entry -> {
            if (entry.getValue().isNumber()) {
                tiers.add(new Tier(entry.getKey(), entry.getValue().asDouble()));
            }
        });
        tiers.sort(Comparator.comparingDouble(Tier::atLeast).reversed());
    }
}
