package peer;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.File;
import java.util.Properties;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.common.serialization.Serdes;
import org.apache.kafka.common.utils.Bytes;
import org.apache.kafka.streams.KafkaStreams;
import org.apache.kafka.streams.StreamsBuilder;
import org.apache.kafka.streams.StreamsConfig;
import org.apache.kafka.streams.kstream.Consumed;
import org.apache.kafka.streams.kstream.Repartitioned;
import org.apache.kafka.streams.state.KeyValueStore;
import org.apache.kafka.streams.state.StoreBuilder;
import org.apache.kafka.streams.state.Stores;

/**
 * The trend stage as a Kafka Streams application: facts in; by tag and hour posts, shares and distinct authors in RocksDB,
 * with changelogs, so that a lost disk is no lost state. "java … peer.TrendsPeer SETTINGS.json" as peer.Peer.
 */
public final class TrendsPeer {
    private static StoreBuilder<KeyValueStore<Bytes, byte[]>> store(String name) {
        return Stores.keyValueStoreBuilder(Stores.persistentKeyValueStore(name), Serdes.Bytes(), Serdes.ByteArray())
                .withCachingEnabled();
    }

    private static KafkaStreams streams(JsonNode settings) {
        StreamsBuilder builder = new StreamsBuilder();
        builder.addStateStore(store(PostChanges.STORE)).addStateStore(store(TagHours.HOURS)).addStateStore(store(TagHours.AUTHORS));
        builder.stream(settings.get("input").asText(), Consumed.with(Serdes.ByteArray(), Serdes.ByteArray()))
                .process(PostChanges::new, PostChanges.STORE)
                .repartition(Repartitioned.with(Serdes.ByteArray(), Serdes.ByteArray()).withName("tags"))
                .process(TagHours::new, TagHours.HOURS, TagHours.AUTHORS);
        Properties properties = Peer.properties(settings);
        // A member that is known by name starts again at once, not when the session of its last run is over.
        properties.put(StreamsConfig.consumerPrefix(ConsumerConfig.GROUP_INSTANCE_ID_CONFIG), "peer");
        properties.put(StreamsConfig.STATESTORE_CACHE_MAX_BYTES_CONFIG, 64L << 20);
        return new KafkaStreams(builder.build(), properties);
    }

    public static void main(String[] args) throws Exception {
        if (args.length != 1) {
            System.err.println("usage: TrendsPeer SETTINGS.json");
            System.exit(2);
        }
        Peer.run(streams(new ObjectMapper().readTree(new File(args[0]))));
    }
}
