// The Go clients against a node: `main franz HOST:PORT` (franz-go, under rpk and kcl) and `main sarama HOST:PORT` (Sarama, under
// kafkactl). Each produces, consumes in a group and administers, then prints one JSON document of what it saw; any error ends it.
package main

import (
	"encoding/json"
	"fmt"
	"os"
)

func check(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func main() {
	if len(os.Args) != 3 {
		check(fmt.Errorf("usage: main franz|sarama HOST:PORT"))
	}
	clients := map[string]func(string) map[string]any{"franz": franz, "sarama": saramaClient}
	run, known := clients[os.Args[1]]
	if !known {
		check(fmt.Errorf("unknown client %s", os.Args[1]))
	}
	check(json.NewEncoder(os.Stdout).Encode(run(os.Args[2])))
}
