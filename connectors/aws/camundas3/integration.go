// Package camundas3 is the integration that Camunda 8 processes know as the
// Amazon S3 connector: upload, download and delete of single objects, with the
// credentials beside the parameters of each call. Jobs of a Camunda cluster
// reach it through the worker; it works as well without one.
package camundas3

import (
	_ "embed"
	"time"

	"github.com/fairlead-io/fairlead/connector"
	"github.com/fairlead-io/fairlead/connectors/aws/internal/leastpolicy"
)

//go:embed setup.md
var setup string

// A client is kept for a minute after its last use; that many of them at most.
const (
	keepClients = time.Minute
	mostClients = 256
)

// Integration declares Amazon S3 for Camunda.
func Integration() *connector.Integration { return integration(newPool(keepClients, mostClients)) }

func integration(p *pool) *connector.Integration {
	return &connector.Integration{
		ID:       "camunda-aws-s3",
		Name:     "Amazon S3 (Camunda)",
		Category: "Camunda 8",
		Vendor:   "Amazon Web Services",
		Summary:  "Moves single objects between a process and Amazon S3, as Camunda 8's own connector does.",
		Overview: "Processes of Camunda 8 that use its Amazon S3 connector run here as they are: the worker takes jobs of the type io.camunda:aws-s3:1 and runs three of these commands; List Objects is ours. " +
			"They differ from AWS S3's commands in that credentials, region and endpoint are parameters of each call, and content is a document. " +
			"Outside of a job a document is a stored file, an address, or text in the reference itself. " +
			"Beyond Camunda's connector they know session tokens, roles, endpoints of other makers and path style; content streams both ways.",
		Limitations: []string{
			"One command moves one object; AWS S3's commands move many.",
			"Objects are stored without metadata, tags, encryption settings or storage class.",
			"Content that is answered as a value is held in memory: up to 32 MiB, as TEXT or JSON up to 1.5 MiB.",
			"A document whose size nobody tells is sent in parts of 8 MiB, up to 78 GiB in all.",
			"There is no connection, and so there are no guardrails. The default credentials chain, which acts with the machine's own permissions, is for the worker and for callers with the scope manage; with CAMUNDA_CONNECTOR_RUNTIME_SAAS set it is refused.",
		},
		Setup:  setup,
		Docs:   "https://docs.aws.amazon.com/AmazonS3/latest/API/Welcome.html",
		Policy: leastpolicy.Write,
		Commands: []*connector.Command{
			p.deleteObject(),
			p.downloadObject(),
			p.listObjects(),
			p.uploadObject(),
		},
	}
}
