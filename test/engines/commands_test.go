package engines_test

import (
	"archive/zip"
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"fmt"
	"math/big"
	"testing"
	"time"

	"github.com/fairlead-io/fairlead/connectors/all"
	"github.com/fairlead-io/fairlead/test/apptest"
	"github.com/fairlead-io/fairlead/test/engines"
)

// TestEveryCommandRunsInAProcess deploys a process for each command of the
// catalogue and runs them all, with what one needs of another.
func TestEveryCommandRunsInAProcess(t *testing.T) {
	steps := engines.Steps()
	covered := map[string]bool{}
	for _, s := range steps {
		covered[s.Integration+" "+s.Command] = true
	}
	for _, i := range all.Integrations() {
		for _, c := range i.Commands {
			if !covered[i.ID+" "+c.ID] {
				t.Errorf("%s %s has no step: add it to steps.go", i.ID, c.ID)
			}
		}
	}
	onEach(t, func(t *testing.T, e *engines.Engine) {
		clouds := engines.OpenClouds(t)
		w := engines.StartWorker(t, e, t.TempDir(), "SECRET_ENGINE_SECRET=a secret of the engine's")
		w.Connect(t, "aws-s3", "box", clouds.S3Settings())
		w.Connect(t, "azure-key-vault", "vault", clouds.AzureSettings())
		deployAll(e)
		s := &engines.Scenario{Known: map[string]any{"zip": w.AddFile(t, "some.zip", archive(t)).ID, "objectId": clouds.Azure.ObjectID}, S3: camundaS3(clouds)}
		s.PEM.Key, s.PEM.Certificate = certificate(t)
		for _, step := range steps {
			runStep(t, e, s, step)
		}
		fmt.Printf("FIGURE: engine %s: %d commands, each in a process of its own, %d instances completed\n", e.Version, len(covered), len(steps))
	})
}

func processOf(integration, command string) string { return "p-" + integration + "-" + command }

func deployAll(e *engines.Engine) {
	for _, i := range all.Integrations() {
		var list []engines.Process
		for _, c := range i.Commands {
			list = append(list, engines.Process{ID: processOf(i.ID, c.ID), Tasks: []engines.Task{{
				ID: "do", Type: "fairlead:" + i.ID + ":" + c.ID + ":1",
				Inputs: map[string]string{"connection": "=connection", "params": "=params"}, Headers: map[string]string{"resultVariable": "result"},
			}}})
		}
		e.Deploy(list...)
	}
}

func runStep(t *testing.T, e *engines.Engine, s *engines.Scenario, step engines.Step) {
	t.Helper()
	connection := map[string]any{"aws-s3": "box", "azure-key-vault": "vault"}[step.Integration]
	out := e.Run(processOf(step.Integration, step.Command), map[string]any{"connection": connection, "params": step.Params(s)}, time.Minute)
	result, _ := out["result"].(map[string]any)
	want := step.Want
	if want == "" {
		want = "Successful"
	}
	if result["returnData"] != want {
		t.Fatalf("%s %s: %v, want %s: %v", step.Integration, step.Command, result["returnData"], want, result["error"])
	}
	if step.Keep != nil {
		step.Keep(s, result)
	}
}

func camundaS3(c *engines.Clouds) map[string]any {
	return map[string]any{"accessKey": c.S3.AccessKey(), "secretKey": c.S3.SecretKey(), "region": c.S3.Region(), "endpoint": c.S3.Endpoint()}
}

func archive(t *testing.T) *bytes.Reader {
	t.Helper()
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	f, err := z.Create("inner.txt")
	apptest.Must(t, err)
	_, err = f.Write([]byte("inside"))
	apptest.Must(t, err)
	apptest.Must(t, z.Close())
	return bytes.NewReader(b.Bytes())
}

func certificate(t *testing.T) (key, cert string) {
	t.Helper()
	k, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	apptest.Must(t, err)
	tmpl := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "engine.example"}, NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(24 * time.Hour)}
	der, err := x509.CreateCertificate(rand.Reader, tmpl, tmpl, &k.PublicKey, k)
	apptest.Must(t, err)
	raw, err := x509.MarshalPKCS8PrivateKey(k)
	apptest.Must(t, err)
	return string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: raw})), string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}))
}
