// Golden clients in Go: reads lines CASE METHOD URL and asks for all of them at
// once. Defaults, but for a timeout of 1 s in the stall.
package main

import (
	"bufio"
	"fmt"
	"io"
	"net/http"
	"os"
	"runtime"
	"runtime/debug"
	"strings"
	"sync"
	"time"

	"github.com/hashicorp/go-retryablehttp"
)

func version() {
	info, _ := debug.ReadBuildInfo()
	for _, dep := range info.Deps {
		if strings.HasSuffix(dep.Path, "/go-retryablehttp") {
			fmt.Printf("go-retryablehttp %s (%s)\n", dep.Version, runtime.Version())
		}
	}
}

func ask(situation, method, url string) {
	var body any
	if method == "POST" {
		body = []byte("n=1")
	}
	client := retryablehttp.NewClient()
	client.Logger = nil
	if situation == "stall" {
		client.HTTPClient.Timeout = time.Second
	}
	req, err := retryablehttp.NewRequest(method, url, body)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return
	}
	var res *http.Response
	if res, err = client.Do(req); err == nil {
		io.Copy(io.Discard, res.Body)
		res.Body.Close()
	}
}

func main() {
	if len(os.Args) > 1 && os.Args[1] == "version" {
		version()
		return
	}
	var all sync.WaitGroup
	for in := bufio.NewScanner(os.Stdin); in.Scan(); {
		job := strings.Fields(in.Text())
		all.Add(1)
		go func() {
			defer all.Done()
			ask(job[0], job[1], job[2])
		}()
	}
	all.Wait()
}
