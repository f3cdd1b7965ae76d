package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	snapshotsapi "github.com/containerd/containerd/api/services/snapshots/v1"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
)

// churnCallers is how many callers call at once.
const churnCallers = 8

// churn makes snapshots come and go until the server is gone, and notes every call in the journal: before it is made
// and when it was answered. What was answered has to be found afterwards, see checkChurn.
func churn(addr, journal string) error {
	conn, err := dial(addr)
	if err != nil {
		return err
	}
	defer conn.Close()
	file, err := os.OpenFile(journal, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o644)
	if err != nil {
		return err
	}
	defer file.Close()
	c := &churnClient{client: snapshotsapi.NewSnapshotsClient(conn), journal: file}
	run := time.Now().UnixNano()
	failures := make([]error, churnCallers)
	var wg sync.WaitGroup
	for w := range churnCallers {
		wg.Add(1)
		go func() {
			defer wg.Done()
			for i := 0; failures[w] == nil; i++ {
				failures[w] = c.life(fmt.Sprintf("churn-%d-%d-%d", run, w, i), i)
			}
		}()
	}
	wg.Wait()
	for _, err := range failures {
		if code := status.Code(err); code != codes.Unavailable && code != codes.Canceled {
			return err
		}
	}
	return nil // the server is gone, as it was to be
}

type churnClient struct {
	client  snapshotsapi.SnapshotsClient
	mu      sync.Mutex
	journal *os.File
}

// note writes a line: "begun" or "done", the snapshot that comes and the one that goes, "-" for none.
func (c *churnClient) note(state, comes, goes string) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	_, err := fmt.Fprintln(c.journal, state, comes, goes)
	return err
}

func (c *churnClient) do(comes, goes string, call func(ctx context.Context) error) error {
	if err := c.note("begun", comes, goes); err != nil {
		return err
	}
	if err := call(background()); err != nil {
		return err
	}
	return c.note("done", comes, goes)
}

// life is that of one layer, ordinary or taken in by its labels, and of a container on it; every third layer stays.
func (c *churnClient) life(name string, i int) error {
	layer, key, child := name+"-layer", name+"-key", name+"-child"
	if i%2 == 0 {
		if err := c.do(key, "-", func(ctx context.Context) error {
			_, err := c.client.Prepare(ctx, &snapshotsapi.PrepareSnapshotRequest{Key: key, Labels: benchLabels(layer)})
			return err
		}); err != nil {
			return err
		}
		if err := c.do(layer, key, func(ctx context.Context) error {
			_, err := c.client.Commit(ctx, &snapshotsapi.CommitSnapshotRequest{Key: key, Name: layer, Labels: benchLabels(layer)})
			return err
		}); err != nil {
			return err
		}
		if err := c.do(child, "-", func(ctx context.Context) error {
			_, err := c.client.Prepare(ctx, &snapshotsapi.PrepareSnapshotRequest{Key: child, Parent: layer})
			return err
		}); err != nil {
			return err
		}
		if err := c.do("-", child, c.removal(child)); err != nil {
			return err
		}
	} else if err := c.do(layer, "-", func(ctx context.Context) error {
		labels := benchLabels(layer)
		labels["containerd.io/snapshot/image-ref"] = "registry.example.com/team/application:1.2.3"
		labels["containerd.io/snapshot/overlaybd/blob-digest"] = labels["containerd.io/snapshot/cri.layer-digest"]
		labels["containerd.io/snapshot/overlaybd/blob-size"] = "4096"
		_, err := c.client.Prepare(ctx, &snapshotsapi.PrepareSnapshotRequest{Key: key, Labels: labels})
		if status.Code(err) == codes.AlreadyExists {
			return nil
		}
		if err == nil {
			err = errors.New("a remote layer was not taken in")
		}
		return err
	}); err != nil {
		return err
	}
	if i%3 == 0 {
		return nil
	}
	return c.do("-", layer, c.removal(layer))
}

func (c *churnClient) removal(name string) func(ctx context.Context) error {
	return func(ctx context.Context) error {
		_, err := c.client.Remove(ctx, &snapshotsapi.RemoveSnapshotRequest{Key: name})
		return err
	}
}

// checkChurn compares what is there with the journal of all runs: what was answered counts, a call that was not
// answered may have been done or not. There has to be one directory for each snapshot, and nothing else.
func checkChurn(addr, root, journal string) error {
	there, inDoubt, answered, err := readJournal(journal)
	if err != nil {
		return err
	}
	conn, err := dial(addr)
	if err != nil {
		return err
	}
	defer conn.Close()
	client := snapshotsapi.NewSnapshotsClient(conn)
	infos, err := listAll(client)
	if err != nil {
		return err
	}
	var wrong []string
	for name := range there {
		if infos[name] == nil && !inDoubt[name] {
			wrong = append(wrong, name+" is lost")
		}
	}
	for name, info := range infos {
		if !there[name] && !inDoubt[name] {
			wrong = append(wrong, name+" is there, though its removal was answered")
		}
		if info.Kind == snapshotsapi.Kind_ACTIVE {
			wrong = append(wrong, checkMounts(client, name)...)
		}
	}
	directories, err := os.ReadDir(filepath.Join(root, "snapshots"))
	if err != nil {
		return err
	}
	if len(directories) != len(infos) {
		wrong = append(wrong, fmt.Sprintf("%d directories for %d snapshots", len(directories), len(infos)))
	}
	if len(wrong) > 0 {
		slices.Sort(wrong)
		return errors.New(strings.Join(wrong, "\n"))
	}
	fmt.Printf("%d answered calls, %d in doubt, %d snapshots: nothing is lost\n", answered, len(inDoubt), len(infos))
	return nil
}

func readJournal(journal string) (there, inDoubt map[string]bool, answered int, err error) {
	file, err := os.Open(journal)
	if err != nil {
		return nil, nil, 0, err
	}
	defer file.Close()
	there, inDoubt = map[string]bool{}, map[string]bool{}
	for in := bufio.NewScanner(file); in.Scan(); {
		words := strings.Fields(in.Text())
		if len(words) != 3 {
			return nil, nil, 0, fmt.Errorf("%s: line %q", journal, in.Text())
		}
		done := words[0] == "done"
		if done {
			answered++
		}
		for i, name := range words[1:] {
			if name == "-" {
				continue
			}
			if !done {
				inDoubt[name] = true
				continue
			}
			delete(inDoubt, name)
			if i == 0 {
				there[name] = true
			} else {
				delete(there, name)
			}
		}
	}
	return there, inDoubt, answered, nil
}

func listAll(client snapshotsapi.SnapshotsClient) (map[string]*snapshotsapi.Info, error) {
	stream, err := client.List(background(), &snapshotsapi.ListSnapshotsRequest{})
	if err != nil {
		return nil, err
	}
	infos := map[string]*snapshotsapi.Info{}
	for {
		page, err := stream.Recv()
		if err != nil {
			if errors.Is(err, io.EOF) {
				return infos, nil
			}
			return nil, err
		}
		for _, info := range page.Info {
			infos[info.Name] = info
		}
	}
}

// checkMounts looks for the directories that the mounts of an active snapshot name.
func checkMounts(client snapshotsapi.SnapshotsClient, name string) []string {
	answer, err := client.Mounts(background(), &snapshotsapi.MountsRequest{Key: name})
	if err != nil {
		return []string{name + ": " + err.Error()}
	}
	var wrong []string
	for _, mount := range answer.Mounts {
		paths := []string{}
		if mount.Type == "bind" {
			paths = append(paths, mount.Source)
		}
		for _, option := range mount.Options {
			for _, prefix := range []string{"upperdir=", "workdir=", "lowerdir="} {
				if rest, found := strings.CutPrefix(option, prefix); found {
					paths = append(paths, strings.Split(rest, ":")...)
				}
			}
		}
		for _, path := range paths {
			if _, err := os.Stat(path); err != nil {
				wrong = append(wrong, name+": "+err.Error())
			}
		}
	}
	return wrong
}
