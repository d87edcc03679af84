package main

import (
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"os"
	"time"

	"github.com/fairlead-io/fairlead/internal/worker/fakegateway"
)

// cluster is one of Camunda's in this process, whose jobs the server takes. Tests
// tell it over HTTP which jobs there are, and whether it is there itself.
type cluster struct {
	engine  *fakegateway.Engine
	gateway *fakegateway.Server
	control *http.Server
}

func startCluster() (*cluster, error) {
	c := &cluster{engine: fakegateway.New(fakegateway.Options{Now: time.Now})}
	var err error
	if c.gateway, err = fakegateway.Listen(c.engine, "", ""); err != nil {
		c.engine.Close()
		return nil, err
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		c.close()
		return nil, err
	}
	mux := http.NewServeMux()
	mux.HandleFunc("POST /jobs", c.createJobs)
	mux.HandleFunc("POST /down", func(http.ResponseWriter, *http.Request) { c.engine.Down(true) })
	mux.HandleFunc("POST /up", func(http.ResponseWriter, *http.Request) { c.engine.Down(false) })
	c.control = &http.Server{Handler: mux, ReadHeaderTimeout: time.Minute}
	go func() { _ = c.control.Serve(l) }() // ends with close
	fmt.Fprintf(os.Stderr, "control of the cluster: http://%s\n", l.Addr())
	return c, nil
}

func (c *cluster) close() {
	if c.control != nil {
		_ = c.control.Close()
	}
	_ = c.gateway.Close()
	c.engine.Close()
}

// lookup is the environment as one that names this cluster.
func (c *cluster) lookup(name string) (string, bool) {
	own := map[string]string{"CAMUNDA_CLIENT_GRPCADDRESS": c.gateway.GRPC(), "CAMUNDA_CLIENT_RESTADDRESS": c.gateway.REST()}
	if v, ok := own[name]; ok {
		return v, true
	}
	return os.LookupEnv(name)
}

// newJob is a job as tests describe it.
type newJob struct {
	Type      string          `json:"type"`
	Variables json.RawMessage `json:"variables"`
	Retries   int32           `json:"retries"`
	Process   string          `json:"process"`
	Element   string          `json:"element"`
}

// createJobs answers with the keys, as text: they are too long for JavaScript.
func (c *cluster) createJobs(w http.ResponseWriter, r *http.Request) {
	var list []newJob
	if err := json.NewDecoder(r.Body).Decode(&list); err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	specs := make([]fakegateway.Spec, len(list))
	for i, j := range list {
		specs[i] = fakegateway.Spec{Type: j.Type, Variables: j.Variables, Retries: j.Retries, ProcessID: j.Process, Element: j.Element}
	}
	keys := []string{}
	for _, k := range c.engine.Create(specs...) {
		keys = append(keys, fmt.Sprint(k))
	}
	_ = json.NewEncoder(w).Encode(keys)
}
