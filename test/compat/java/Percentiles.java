import java.lang.reflect.Method;
import java.util.Arrays;
import java.util.Scanner;

/**
 * Has the counting of Kafka's performance tools look at latencies, whole milliseconds on standard input: a line of percentiles by
 * kafka-producer-perf-test, and the two lines that kafka-e2e-latency prints.
 */
public class Percentiles {
    public static void main(String[] args) throws Exception {
        long[] latencies = new Scanner(System.in).useDelimiter("\\s+").tokens().mapToLong(Long::parseLong).toArray();
        int[] whole = Arrays.stream(latencies).mapToInt(Math::toIntExact).toArray();
        Method ofProducer = Class.forName("org.apache.kafka.tools.ProducerPerformance$Stats")
            .getDeclaredMethod("percentiles", int[].class, int.class, double[].class);
        ofProducer.setAccessible(true);
        double[] wanted = {0.5, 0.95, 0.99, 0.999};
        System.out.println(Arrays.toString((int[]) ofProducer.invoke(null, whole, whole.length, wanted)));
        Method ofEnds = Class.forName("org.apache.kafka.tools.EndToEndLatency")
            .getDeclaredMethod("printResults", int.class, double.class, long[].class);
        ofEnds.setAccessible(true);
        double total = Arrays.stream(latencies).sum() * 1e6;
        ofEnds.invoke(null, latencies.length, total, latencies);
    }
}
