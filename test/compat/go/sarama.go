package main

import (
	"context"
	"fmt"
	"sync"
	"time"

	"github.com/IBM/sarama"
)

// groupReader counts what a group member gets and stops its session after `want` records.
type groupReader struct {
	sync.Mutex
	want, got int
	firstKey  string
	done      context.CancelFunc
}

func (r *groupReader) Setup(sarama.ConsumerGroupSession) error   { return nil }
func (r *groupReader) Cleanup(sarama.ConsumerGroupSession) error { return nil }
func (r *groupReader) ConsumeClaim(session sarama.ConsumerGroupSession, claim sarama.ConsumerGroupClaim) error {
	for message := range claim.Messages() {
		r.Lock()
		r.got++
		if message.Partition == 0 && message.Offset == 0 {
			r.firstKey = string(message.Key)
		}
		finished := r.got >= r.want
		r.Unlock()
		session.MarkMessage(message, "note")
		if finished {
			session.Commit()
			r.done()
		}
	}
	return nil
}

func saramaClient(bootstrap string) map[string]any {
	seen := map[string]any{}
	config := sarama.NewConfig()
	config.Version = sarama.V4_0_0_0
	config.ClientID = "compat"
	config.Producer.Return.Successes = true
	config.Producer.RequiredAcks = sarama.WaitForAll
	config.Producer.Idempotent = true
	config.Net.MaxOpenRequests = 1
	config.Producer.Partitioner = sarama.NewManualPartitioner
	config.Consumer.Offsets.Initial = sarama.OffsetOldest
	config.Consumer.Offsets.AutoCommit.Enable = false
	config.Producer.Compression = sarama.CompressionZSTD

	admin, err := sarama.NewClusterAdmin([]string{bootstrap}, config)
	check(err)
	defer admin.Close()
	check(admin.CreateTopic("sarama", &sarama.TopicDetail{NumPartitions: 2, ReplicationFactor: 1}, false))
	check(admin.CreatePartitions("sarama", 3, nil, false))

	producer, err := sarama.NewSyncProducer([]string{bootstrap}, config)
	check(err)
	var messages []*sarama.ProducerMessage
	for i := 0; i < 90; i++ {
		messages = append(messages, &sarama.ProducerMessage{
			Topic: "sarama", Partition: int32(i % 3), Key: sarama.StringEncoder(fmt.Sprint("k", i)), Value: sarama.StringEncoder("v"),
		})
	}
	check(producer.SendMessages(messages))
	check(producer.Close())
	seen["lastOffset"] = messages[89].Offset

	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	reader := &groupReader{want: 90, done: cancel}
	group, err := sarama.NewConsumerGroup([]string{bootstrap}, "sarama-group", config)
	check(err)
	for ctx.Err() == nil {
		check(group.Consume(ctx, []string{"sarama"}, reader))
	}
	check(group.Close())
	seen["read"] = []any{reader.got, reader.firstKey}

	offsets, err := admin.ListConsumerGroupOffsets("sarama-group", map[string][]int32{"sarama": {0, 1, 2}})
	check(err)
	block := offsets.GetBlock("sarama", 2)
	seen["committed"] = []any{block.Offset, block.Metadata}
	described, err := admin.DescribeConsumerGroups([]string{"sarama-group"})
	check(err)
	seen["state"] = described[0].State
	topics, err := admin.ListTopics()
	check(err)
	seen["partitions"] = topics["sarama"].NumPartitions
	check(admin.DeleteConsumerGroup("sarama-group"))
	check(admin.DeleteTopic("sarama"))
	return seen
}
