/*
 * Kafka's own generated message classes as the judge of our codecs. Finds every generated message in the jars on the
 * class path, fills random instances by its schema, and prints `CLASS VERSION BASE64 JSON`, one a line:
 *
 *   ProtocolVectors generate SEED ROUNDS     vectors of every message at every version
 *   ProtocolVectors check                    reads `CLASS VERSION BASE64` lines and prints each as Kafka reads it
 */
import com.fasterxml.jackson.databind.JsonNode;
import java.io.BufferedReader;
import java.io.BufferedWriter;
import java.io.InputStreamReader;
import java.io.OutputStreamWriter;
import java.lang.reflect.Field;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Base64;
import java.util.Collections;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.jar.JarEntry;
import java.util.jar.JarFile;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.protocol.ByteBufferAccessor;
import org.apache.kafka.common.protocol.Message;
import org.apache.kafka.common.protocol.ObjectSerializationCache;
import org.apache.kafka.common.protocol.types.BoundField;
import org.apache.kafka.common.protocol.types.NullableSchema;
import org.apache.kafka.common.protocol.types.Schema;
import org.apache.kafka.common.protocol.types.Struct;
import org.apache.kafka.common.protocol.types.TaggedFields;
import org.apache.kafka.common.protocol.types.Type;
import org.apache.kafka.common.record.internal.MemoryRecords;

public final class ProtocolVectors {
    private static final long SAFE = (1L << 53) - 1;
    private static final String[] WORDS = {"", "a", "topic-1", "größe", "主题", "🙂", "x".repeat(126), "y".repeat(127), "z".repeat(200)};

    private final Random random;

    private ProtocolVectors(long seed) {
        this.random = new Random(seed);
    }

    public static void main(String[] args) throws Exception {
        Map<String, Class<?>> messages = findMessages();
        BufferedWriter out = new BufferedWriter(new OutputStreamWriter(System.out, StandardCharsets.UTF_8));
        if (args[0].equals("generate")) {
            ProtocolVectors vectors = new ProtocolVectors(Long.parseLong(args[1]));
            int rounds = Integer.parseInt(args[2]);
            for (Map.Entry<String, Class<?>> entry : messages.entrySet()) {
                short lowest = entry.getValue().getField("LOWEST_SUPPORTED_VERSION").getShort(null);
                short highest = entry.getValue().getField("HIGHEST_SUPPORTED_VERSION").getShort(null);
                for (short version = lowest; version <= highest; version++) {
                    for (int round = 0; round < rounds; round++) {
                        print(out, entry.getKey(), entry.getValue(), version, vectors.bytes(entry.getValue(), version));
                    }
                }
            }
        } else {
            BufferedReader in = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
            for (String line = in.readLine(); line != null; line = in.readLine()) {
                String[] parts = line.split(" ");
                byte[] bytes = parts.length < 3 ? new byte[0] : Base64.getDecoder().decode(parts[2]);
                Class<?> type = messages.get(parts[0]);
                if (type == null) throw new IllegalArgumentException("no message " + parts[0]);
                print(out, parts[0], type, Short.parseShort(parts[1]), bytes);
            }
        }
        out.flush();
    }

    /** Name of the message (its class, without the "Data" of requests, responses and headers) to class, for everything that has a JSON converter. */
    private static Map<String, Class<?>> findMessages() throws Exception {
        Map<String, Class<?>> found = new TreeMap<>();
        String suffix = "JsonConverter.class";
        for (String path : System.getProperty("java.class.path").split(System.getProperty("path.separator"))) {
            if (!path.contains("kafka") || !path.endsWith(".jar")) continue;
            try (JarFile jar = new JarFile(path)) {
                for (JarEntry entry : Collections.list(jar.entries())) {
                    String name = entry.getName();
                    if (!name.startsWith("org/apache/kafka/") || !name.endsWith(suffix) || name.contains("$")) continue;
                    String className = name.substring(0, name.length() - suffix.length()).replace('/', '.');
                    Class<?> type = Class.forName(className);
                    if (!Message.class.isAssignableFrom(type)) continue;
                    found.put(type.getSimpleName().replaceAll("(Request|Response|Header)Data$", "$1"), type);
                }
            }
        }
        return found;
    }

    /** Reads the bytes, demands that all are used, prints what Kafka writes for that value, and its JSON. */
    private static void print(BufferedWriter out, String name, Class<?> type, short version, byte[] bytes) throws Exception {
        Message message = (Message) type.getConstructor().newInstance();
        ByteBuffer input = ByteBuffer.wrap(bytes);
        try {
            message.read(new ByteBufferAccessor(input), version);
        } catch (RuntimeException e) {
            throw new IllegalStateException("cannot read " + name + " v" + version + " " + Base64.getEncoder().encodeToString(bytes), e);
        }
        if (input.hasRemaining()) throw new IllegalStateException(input.remaining() + " bytes left of " + name + " v" + version);
        ObjectSerializationCache cache = new ObjectSerializationCache();
        ByteBuffer output = ByteBuffer.allocate(message.size(cache, version));
        message.write(new ByteBufferAccessor(output), cache, version);
        Class<?> converter = Class.forName(type.getName() + "JsonConverter");
        JsonNode json;
        try {
            Method write = converter.getMethod("write", type, short.class, boolean.class);
            json = (JsonNode) write.invoke(null, message, version, true);
        } catch (InvocationTargetException e) {
            throw new IllegalStateException(name + " v" + version, e.getCause());
        }
        out.write(name + " " + version + " " + Base64.getEncoder().encodeToString(output.array()) + " " + json + "\n");
    }

    /** Random bytes that follow the schema of this version. */
    private byte[] bytes(Class<?> type, short version) throws Exception {
        Schema schema = ((Schema[]) type.getField("SCHEMAS").get(null))[version];
        Object value = struct(schema, 3);
        ByteBuffer buffer = ByteBuffer.allocate(schema.sizeOf(value));
        schema.write(buffer, value);
        return buffer.array();
    }

    private Struct struct(Schema schema, int most) {
        Struct struct = new Struct(schema);
        for (BoundField field : schema.fields()) struct.set(field, value(field.def.name, field.def.type, most));
        return struct;
    }

    private Object value(String name, Type type, int most) {
        if (type instanceof TaggedFields) {
            TreeMap<Integer, Object> tags = new TreeMap<>();
            for (Map.Entry<Integer, org.apache.kafka.common.protocol.types.Field> tag : ((TaggedFields) type).fields().entrySet()) {
                if (random.nextInt(3) == 0) continue;
                // The generic types write null in a tag differently from the generated classes, which are the ones that count.
                Type tagType = tag.getValue().type;
                boolean nullableStruct = tagType instanceof NullableSchema;
                tags.put(tag.getKey(), nullableStruct ? struct((Schema) tagType, most) : value(tag.getValue().name, tagType, most));
            }
            return tags;
        }
        if (type.isNullable() && random.nextInt(4) == 0) return null;
        if (type instanceof Schema) return struct((Schema) type, most);
        if (type.isArray()) {
            Type element = type.arrayElementType().get();
            boolean large = random.nextInt(40) == 0;
            Object[] items = new Object[large ? 130 : random.nextInt(most + 1)];
            for (int i = 0; i < items.length; i++) items[i] = value(name, element, large ? 0 : Math.max(1, most - 1));
            return items;
        }
        String kind = type.toString();
        switch (kind) {
            case "BOOLEAN": return random.nextBoolean();
            case "INT8": return (byte) random.nextInt();
            case "INT16": return (short) random.nextInt();
            case "UINT16": return random.nextInt(65536);
            case "INT32": return random.nextInt(3) == 0 ? random.nextInt(3) - 1 : random.nextInt();
            case "UINT32": case "UNSIGNED_INT32": return random.nextLong() & 0xffffffffL;
            case "INT64": return int64(name);
            case "UUID": return random.nextInt(5) == 0 ? Uuid.ZERO_UUID : new Uuid(random.nextLong(), random.nextLong());
            case "FLOAT64": return (random.nextDouble() - 0.5) * Math.pow(2, random.nextInt(80));
            default:
        }
        if (kind.endsWith("STRING")) return string();
        byte[] bytes = new byte[random.nextInt(10) == 0 ? 300 : random.nextInt(12)];
        random.nextBytes(bytes);
        if (kind.endsWith("BYTES")) return ByteBuffer.wrap(bytes);
        if (kind.endsWith("RECORDS")) return MemoryRecords.readableRecords(ByteBuffer.wrap(bytes));
        throw new IllegalArgumentException("no values for type " + kind);
    }

    private long int64(String name) {
        if (name.endsWith("hash")) return random.nextLong();
        switch (random.nextInt(6)) {
            case 0: return Long.MAX_VALUE;
            case 1: return Long.MIN_VALUE;
            case 2: return random.nextInt(3) - 1;
            default: return random.nextLong() % SAFE;
        }
    }

    private String string() {
        if (random.nextInt(2) == 0) return WORDS[random.nextInt(WORDS.length)];
        return Long.toString(random.nextLong(), 36);
    }
}
