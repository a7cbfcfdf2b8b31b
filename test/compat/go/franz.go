package main

import (
	"context"
	"fmt"
	"sort"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kgo"
)

func franz(bootstrap string) map[string]any {
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Minute)
	defer cancel()
	seen := map[string]any{}

	producer, err := kgo.NewClient(kgo.SeedBrokers(bootstrap), kgo.RecordPartitioner(kgo.ManualPartitioner()))
	check(err)
	defer producer.Close()
	admin := kadm.NewClient(producer)

	retention := "604800000"
	created, err := admin.CreateTopics(ctx, 3, 1, map[string]*string{"retention.ms": &retention}, "franz")
	check(err)
	check(created["franz"].Err)
	again, err := admin.CreateTopics(ctx, 3, 1, nil, "franz")
	check(err)
	seen["exists"] = again["franz"].Err == kerr.TopicAlreadyExists

	// idempotent, which is franz-go's default, and once with each codec
	var records []*kgo.Record
	for i := 0; i < 30; i++ {
		records = append(records, &kgo.Record{
			Topic: "franz", Partition: int32(i % 3), Key: []byte(fmt.Sprint("k", i)), Value: []byte(fmt.Sprint(i)),
			Headers: []kgo.RecordHeader{{Key: "n", Value: []byte(fmt.Sprint(i))}},
		})
	}
	check(producer.ProduceSync(ctx, records...).FirstErr())
	codecs := []kgo.CompressionCodec{kgo.GzipCompression(), kgo.SnappyCompression(), kgo.Lz4Compression(), kgo.ZstdCompression()}
	for _, codec := range codecs {
		one, err := kgo.NewClient(kgo.SeedBrokers(bootstrap), kgo.ProducerBatchCompression(codec),
			kgo.RecordPartitioner(kgo.ManualPartitioner()))
		check(err)
		var some []*kgo.Record
		for i := 0; i < 30; i++ {
			some = append(some, &kgo.Record{Topic: "franz", Partition: int32(i % 3), Value: make([]byte, 200)})
		}
		check(one.ProduceSync(ctx, some...).FirstErr())
		one.Close()
	}

	ends, err := admin.ListEndOffsets(ctx, "franz")
	check(err)
	check(ends.Error())
	var endOffsets []int64
	ends.Each(func(o kadm.ListedOffset) { endOffsets = append(endOffsets, o.Offset) })
	seen["ends"] = endOffsets

	consumer, err := kgo.NewClient(kgo.SeedBrokers(bootstrap), kgo.ConsumerGroup("franz-group"), kgo.ConsumeTopics("franz"),
		kgo.ConsumeResetOffset(kgo.NewOffset().AtStart()), kgo.DisableAutoCommit())
	check(err)
	var keyed []string
	headers := 0
	total := 0
	for total < 150 {
		fetches := consumer.PollFetches(ctx)
		check(fetches.Err())
		fetches.EachRecord(func(r *kgo.Record) {
			total++
			if r.Key != nil {
				keyed = append(keyed, string(r.Key))
				headers += len(r.Headers)
			}
		})
	}
	check(consumer.CommitUncommittedOffsets(ctx))
	sort.Strings(keyed)
	seen["read"] = []any{total, len(keyed), keyed[0], headers}

	groups, err := admin.DescribeGroups(ctx, "franz-group")
	check(err)
	seen["group"] = []any{groups["franz-group"].State, groups["franz-group"].Protocol, len(groups["franz-group"].Members)}
	consumer.Close()
	lags, err := admin.Lag(ctx, "franz-group")
	check(err)
	seen["lag"] = lags["franz-group"].Lag.Total()

	deleted, err := admin.DeleteRecords(ctx, kadm.Offsets{"franz": {0: {Topic: "franz", Partition: 0, At: 10, LeaderEpoch: -1}}})
	check(err)
	seen["lowWatermark"] = deleted["franz"][0].LowWatermark
	check(deleted.Error())
	value := "1000"
	altered, err := admin.AlterTopicConfigs(ctx, []kadm.AlterConfig{{Op: kadm.SetConfig, Name: "retention.ms", Value: &value}}, "franz")
	check(err)
	check(altered[0].Err)
	configs, err := admin.DescribeTopicConfigs(ctx, "franz")
	check(err)
	for _, config := range configs[0].Configs {
		if config.Key == "retention.ms" {
			seen["retention"] = config.MaybeValue()
		}
	}
	gone, err := admin.DeleteGroups(ctx, "franz-group")
	check(err)
	check(gone["franz-group"].Err)
	removed, err := admin.DeleteTopics(ctx, "franz")
	check(err)
	check(removed["franz"].Err)
	return seen
}
