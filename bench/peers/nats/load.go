package main

import (
	"bufio"
	"flag"
	"fmt"
	"os"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

// The load loop: what common/driver.cpp is for the drivers in C++, with the same command line and the same answers.

const (
	eventBytes   = 256
	streamEvents = 10
)

// options is what the driver is asked to do.
type options struct {
	host        string
	port        int
	operation   string
	clients     int
	batch       int
	events      int
	seconds     float64
	warmUp      float64
	requestsMax int
	run         string
}

func parseOptions() options {
	var o options
	list := flag.Bool("operations", false, "print what it can do and end")
	flag.StringVar(&o.host, "host", "127.0.0.1", "where the server is")
	flag.IntVar(&o.port, "port", 0, "its port")
	flag.StringVar(&o.operation, "operation", "", "what each request does")
	flag.IntVar(&o.clients, "clients", 1, "connections, each with one request in flight")
	flag.IntVar(&o.batch, "batch", 1, "events of one append")
	flag.IntVar(&o.events, "events", 0, "to load, or in the loaded store")
	flag.Float64Var(&o.seconds, "seconds", 1, "how long to measure")
	flag.Float64Var(&o.warmUp, "warm-up", 0, "seconds before that")
	flag.IntVar(&o.requestsMax, "requests-max", 10_000_000, "of one client")
	flag.StringVar(&o.run, "run", "", "a name for the streams of this run")
	flag.Parse()
	if *list {
		fmt.Println(strings.Join(operations, "\n"))
		os.Exit(0)
	}
	if !slices.Contains(operations, o.operation) || o.port == 0 || o.clients < 1 {
		fmt.Fprintln(os.Stderr, "es-peer-nats: --operation, one of --operations, and --port are needed")
		os.Exit(2)
	}
	return o
}

var eventNumber atomic.Uint64

// nextEvent returns the data of an event, the same that every driver appends, and its number.
func nextEvent() ([]byte, uint64) {
	number := eventNumber.Add(1)
	data := fmt.Appendf(make([]byte, 0, eventBytes),
		`{"order":"%016x","customer":"c-1029","total":4213,"currency":"EUR","note":"`, number)
	for len(data) < eventBytes-2 {
		data = append(data, 'x')
	}
	return append(data, `"}`...), number
}

func streamName(run string, number int) string {
	return fmt.Sprintf("order-%s.%d", run, number)
}

// streamWriter is where one client appends: to one stream of ten after the other.
type streamWriter struct {
	run     string
	next    int
	clients int
	stream  string
	version int
	end     int
}

// advance makes room for more events in the current stream, or goes to the next one.
func (w *streamWriter) advance(events int) {
	if w.stream == "" || w.end+events > streamEvents {
		w.stream = streamName(w.run, w.next)
		w.next += w.clients
		w.end = 0
	}
	w.version = w.end
	w.end += events
}

// session is one client: a connection of its own with one request in flight.
type session interface {
	// request does the operation once and returns how many events were appended or read.
	request() (int, error)
}

type tally struct {
	events    int
	latencies []time.Duration
	end       time.Time
	err       error
}

func drive(s session, deadline time.Time, requests int) tally {
	t := tally{end: time.Now()}
	for range requests {
		begin := time.Now()
		if !begin.Before(deadline) {
			break
		}
		events, err := s.request()
		if err != nil {
			t.err = err
			return t
		}
		t.end = time.Now()
		t.events += events
		t.latencies = append(t.latencies, t.end.Sub(begin))
	}
	return t
}

// runPhase returns what all clients did, and how long it took.
func runPhase(o options, sessions []session, seconds float64) (tally, time.Duration) {
	begin := time.Now()
	load := o.operation == "load"
	if load {
		seconds = 3600
	}
	deadline := begin.Add(time.Duration(seconds * float64(time.Second)))
	tallies := make([]tally, len(sessions))
	var running sync.WaitGroup
	for client, s := range sessions {
		requests := o.requestsMax
		if load { // each client has its share of the streams
			requests = (o.events/streamEvents + o.clients - 1 - client) / o.clients
		}
		running.Go(func() { tallies[client] = drive(s, deadline, requests) })
	}
	running.Wait()
	all := tally{end: begin}
	for _, t := range tallies {
		all.events += t.events
		all.latencies = append(all.latencies, t.latencies...)
		if t.end.After(all.end) {
			all.end = t.end
		}
		if t.err != nil {
			all.err = t.err
		}
	}
	return all, all.end.Sub(begin)
}

func percentile(sorted []time.Duration, share float64) float64 {
	if len(sorted) == 0 {
		return 0
	}
	return float64(sorted[int(share*float64(len(sorted)-1))].Nanoseconds()) / 1000
}

// runLoad warms up, says so, waits, measures, answers, and waits again.
func runLoad(o options, sessions []session) error {
	if o.warmUp > 0 && o.operation != "load" {
		if warm, _ := runPhase(o, sessions, o.warmUp); warm.err != nil {
			return warm.err
		}
	}
	input := bufio.NewReader(os.Stdin)
	fmt.Println("ready")
	input.ReadString('\n') // a line, or the end
	all, elapsed := runPhase(o, sessions, o.seconds)
	if all.err != nil {
		return all.err
	}
	slices.Sort(all.latencies)
	fmt.Printf("{\"events\":%d,\"requests\":%d,\"seconds\":%g,\"p50_us\":%g,\"p99_us\":%g}\n",
		all.events, len(all.latencies), elapsed.Seconds(), percentile(all.latencies, 0.5), percentile(all.latencies, 0.99))
	input.ReadString('\n')
	return nil
}
