// Drives NATS JetStream through nats.go, with the command line and the answers of the drivers in C++ (common/driver.hpp).
//
// One JetStream stream holds everything, as guides to event sourcing on NATS have it; a stream of events is a subject of it.
package main

import (
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
	"github.com/synadia-io/orbit.go/jetstreamext"
)

const (
	everything = "EVENTS"
	timeout    = 60 * time.Second
)

var operations = []string{"load", "append", "read-stream", "read-all", "catch-up"}

func subjectOf(stream string) string { return "events." + stream }

// client is a connection with all that the operations need.
type client struct {
	options options
	js      jetstream.JetStream
	id      string
	streams streamWriter
	last    uint64 // the sequence of the last event of the current stream
}

func connect(o options, number int) (*client, error) {
	connection, err := nats.Connect(fmt.Sprintf("nats://%s:%d", o.host, o.port), nats.Timeout(timeout))
	if err != nil {
		return nil, err
	}
	js, err := jetstream.New(connection, jetstream.WithDefaultTimeout(timeout))
	if err != nil {
		return nil, err
	}
	return &client{
		options: o, js: js, id: fmt.Sprintf("%016x-", rand.Uint64()),
		streams: streamWriter{run: o.run, next: number, clients: o.clients},
	}, nil
}

func (c *client) makeStream() error {
	_, err := c.js.CreateOrUpdateStream(context.Background(), jetstream.StreamConfig{
		Name:               everything,
		Subjects:           []string{"events.>"},
		Storage:            jetstream.FileStorage,
		Replicas:           1,
		AllowDirect:        true,
		AllowAtomicPublish: true,
	})
	return err
}

func (c *client) request() (int, error) {
	switch c.options.operation {
	case "read-stream":
		return c.readStream()
	case "read-all", "catch-up":
		return c.readAll()
	}
	c.streams.advance(c.options.batch)
	switch {
	case c.options.operation == "load":
		return c.options.batch, c.load()
	case c.options.batch == 1:
		return 1, c.appendOne()
	}
	return c.options.batch, c.appendBatch()
}

func (c *client) newMessage() *nats.Msg {
	data, number := nextEvent()
	message := nats.NewMsg(subjectOf(c.streams.stream))
	message.Data = data
	message.Header.Set("Type", "OrderPlaced")
	// By it JetStream recognises a message that is published again.
	message.Header.Set(jetstream.MsgIDHeader, c.id+fmt.Sprintf("%016x", number))
	return message
}

// load publishes a stream's events one after the other: faster than a batch, and nobody else is there.
func (c *client) load() error {
	var last jetstream.PubAckFuture
	for range c.options.batch {
		var err error
		if last, err = c.js.PublishMsgAsync(c.newMessage()); err != nil {
			return err
		}
	}
	select {
	case <-last.Ok():
		return nil
	case err := <-last.Err():
		return err
	}
}

// appendOne publishes an event if the last one of its subject is the one that the client knows.
func (c *client) appendOne() error {
	if c.streams.version == 0 {
		c.last = 0
	}
	answer, err := c.js.PublishMsg(context.Background(), c.newMessage(), jetstream.WithExpectLastSequencePerSubject(c.last))
	if err != nil {
		return err
	}
	c.last = answer.Sequence
	return nil
}

// appendBatch publishes all events of a new subject or none.
func (c *client) appendBatch() error {
	publisher, err := jetstreamext.NewBatchPublisher(c.js, jetstreamext.BatchFlowControl{AckFirst: false, AckTimeout: timeout})
	if err != nil {
		return err
	}
	for i := range c.options.batch - 1 {
		var conditions []jetstreamext.BatchMsgOpt
		if i == 0 {
			conditions = append(conditions, jetstreamext.WithBatchExpectLastSequencePerSubject(0))
		}
		if err := publisher.AddMsg(c.newMessage(), conditions...); err != nil {
			return err
		}
	}
	ctx, cancel := context.WithTimeout(context.Background(), timeout)
	defer cancel()
	answer, err := publisher.CommitMsg(ctx, c.newMessage())
	if err != nil {
		return err
	}
	if int(answer.BatchSize) != c.options.batch {
		return fmt.Errorf("a batch of %d instead of %d", answer.BatchSize, c.options.batch)
	}
	return nil
}

// readStream reads one of the loaded streams, at random, by a direct get of its subject.
func (c *client) readStream() (int, error) {
	subject := subjectOf(streamName("loaded", rand.IntN(c.options.events/streamEvents)))
	ctx, cancel := context.WithTimeout(context.Background(), timeout)
	defer cancel()
	messages, err := jetstreamext.GetBatch(ctx, c.js, everything, streamEvents, jetstreamext.GetBatchSubject(subject))
	if err != nil {
		return 0, err
	}
	events := 0
	for message, err := range messages {
		if err != nil {
			return 0, err
		}
		if len(message.Data) == eventBytes {
			events++
		}
	}
	if events != streamEvents {
		return 0, fmt.Errorf("a stream of %d", events)
	}
	return events, nil
}

// readAll takes all messages from the beginning through an ordered consumer, until none is pending.
func (c *client) readAll() (int, error) {
	ctx, cancel := context.WithTimeout(context.Background(), timeout)
	defer cancel()
	consumer, err := c.js.OrderedConsumer(ctx, everything, jetstream.OrderedConsumerConfig{})
	if err != nil {
		return 0, err
	}
	messages, err := consumer.Messages(jetstream.PullMaxMessages(5000))
	if err != nil {
		return 0, err
	}
	defer messages.Stop()
	events := 0
	for {
		message, err := messages.Next(jetstream.NextMaxWait(timeout))
		if err != nil {
			return 0, err
		}
		events++
		metadata, err := message.Metadata()
		if err != nil {
			return 0, err
		}
		if metadata.NumPending == 0 {
			break
		}
	}
	if events != c.options.events {
		return 0, fmt.Errorf("read %d events instead of %d", events, c.options.events)
	}
	return events, nil
}

func run(o options) error {
	var sessions []session
	for number := range o.clients {
		c, err := connect(o, number)
		if err != nil {
			return err
		}
		if number == 0 && o.operation == "load" {
			if err := c.makeStream(); err != nil {
				return err
			}
		}
		sessions = append(sessions, c)
	}
	return runLoad(o, sessions)
}

func main() {
	if err := run(parseOptions()); err != nil {
		fmt.Fprintln(os.Stderr, "es-peer-nats:", err)
		os.Exit(1)
	}
}
