package outbound

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/fairlead-io/fairlead/connector"
	"github.com/fairlead-io/fairlead/connector/schema"
	"github.com/fairlead-io/fairlead/internal/authz"
	"github.com/fairlead-io/fairlead/internal/documents"
	"github.com/fairlead-io/fairlead/internal/files"
	"github.com/fairlead-io/fairlead/internal/run"
	"github.com/fairlead-io/fairlead/internal/worker/job"
)

// passingFile is how long a document that was stored as a file for one run is
// kept: long enough to resume the run.
const passingFile = 24 * time.Hour

// copyHeader asks that files the command made are also put where new documents
// go, for workers that do not know our files.
const copyHeader = "createDocuments"

// filesKey is the key field under which commands give the IDs of files.
const filesKey = "FileIDs"

// filesOf puts the IDs of stored files in the place of references to
// documents: one value or a list of them.
func (c *command) filesOf(ctx context.Context, in job.Invocation, pointer string, raw json.RawMessage) (json.RawMessage, error) {
	switch raw[0] {
	case '{':
		return c.fileOf(ctx, in, pointer, raw)
	case '[':
	default:
		return raw, nil
	}
	var items []json.RawMessage
	if err := json.Unmarshal(raw, &items); err != nil {
		return nil, connector.InvalidField(pointer, "The list is not valid JSON.", "Give a list of file IDs or documents.")
	}
	for i, item := range items {
		if len(item) == 0 || item[0] != '{' {
			continue
		}
		var err error
		if items[i], err = c.fileOf(ctx, in, fmt.Sprintf("%s/%d", pointer, i), item); err != nil {
			return nil, err
		}
	}
	return json.Marshal(items)
}

// fileOf gives the ID of the file that holds a document, as JSON. A document
// that is a stored file anyway is that file; any other one is stored.
func (c *command) fileOf(ctx context.Context, in job.Invocation, pointer string, raw json.RawMessage) (json.RawMessage, error) {
	var d connector.Document
	if err := json.Unmarshal(raw, &d); err != nil || d.Type == "" {
		return nil, connector.InvalidField(pointer, "This is neither the ID of a file nor a document.", "Give a file ID, or the reference of a document.")
	}
	if d.Type == connector.ClusterDocument && d.StoreID == documents.FilesStore {
		return marshal(d.DocumentID)
	}
	if in.Documents == nil || c.Files == nil {
		return nil, connector.InvalidField(pointer, "This worker can make no file of a document.", "Give the ID of a stored file.")
	}
	info, err := c.store(ctx, in, d)
	if err != nil {
		return nil, err
	}
	return marshal(info.ID)
}

func (c *command) store(ctx context.Context, in job.Invocation, d connector.Document) (connector.FileInfo, error) {
	actor := authz.Worker()
	if err := authz.Require(actor, authz.Write); err != nil {
		return connector.FileInfo{}, err
	}
	content, err := in.Documents.Open(ctx, d)
	if err != nil {
		return connector.FileInfo{}, err
	}
	defer content.Body.Close()
	until := c.Now().Add(passingFile)
	w, err := c.Files(actor, "").Create(ctx, connector.NewFile{
		Name: content.Name, ContentType: content.ContentType, ExpiresAt: &until,
		Metadata: map[string]any{"job": ExternalRef(in.Job.Key)},
	})
	if err != nil {
		return connector.FileInfo{}, err
	}
	defer w.Abort()
	if _, err := io.Copy(w, content.Body); err != nil {
		return connector.FileInfo{}, err
	}
	return w.Commit(ctx)
}

// commandOutput is the response of a command: the run as every caller of it
// sees it, and the files it made as documents.
type commandOutput struct {
	RunID       string               `json:"runId"`
	ParentRunID *string              `json:"parentRunId"`
	State       run.State            `json:"state"`
	ReturnData  *run.ReturnData      `json:"returnData"`
	RawData     any                  `json:"rawData"`
	KeyFields   map[string][]any     `json:"keyFields"`
	Result      schema.Table         `json:"result"`
	OutputData  any                  `json:"outputData"`
	Items       []run.ItemView       `json:"items"`
	Plan        []connector.PlanStep `json:"plan"`
	Error       *run.ErrorView       `json:"error"`
	Documents   []connector.Document `json:"documents"`
}

func (c *command) response(ctx context.Context, in job.Invocation, rec *run.Record) (json.RawMessage, error) {
	made, err := c.documentsOf(ctx, in, rec)
	if err != nil {
		return nil, asFault(err)
	}
	return marshal(commandOutput{
		RunID: rec.RunID, ParentRunID: rec.ParentRunID, State: rec.State, ReturnData: rec.ReturnData, RawData: rec.RawData,
		KeyFields: rec.KeyFields, Result: rec.Result, OutputData: rec.OutputData, Items: rec.Items, Plan: rec.Plan, Error: rec.Error,
		Documents: made,
	})
}

// documentsOf gives the files that a run made as documents, in the order in
// which its output names them.
func (c *command) documentsOf(ctx context.Context, in job.Invocation, rec *run.Record) ([]connector.Document, error) {
	made := []connector.Document{}
	if c.Files == nil || len(rec.KeyFields[filesKey]) == 0 {
		return made, nil
	}
	store, runs, seen := c.Files(authz.Worker(), rec.RunID), runsOf(rec), map[string]bool{}
	copied := wantsCopies(in.Job.CustomHeaders) && in.Documents != nil
	for _, id := range rec.KeyFields[filesKey] {
		text := idText(id)
		if seen[text] {
			continue
		}
		seen[text] = true
		b, err := store.Open(ctx, text, files.AnySource)
		if err != nil || !slices.Contains(runs, b.Info().RunID) {
			continue // deleted by the command, or there before it
		}
		d := documents.OfFile(b.Info())
		if copied {
			if d, err = copyOf(ctx, in.Documents, b); err != nil {
				return nil, err
			}
		}
		made = append(made, d)
	}
	return made, nil
}

// idText writes an ID out; a float, as decoders make it, has no exponent.
func idText(id any) string {
	if f, ok := id.(float64); ok {
		return strconv.FormatFloat(f, 'f', -1, 64)
	}
	return fmt.Sprint(id)
}

// runsOf gives the IDs of a run and of its children, which its items name.
func runsOf(rec *run.Record) []string {
	ids := []string{rec.RunID}
	for _, it := range rec.Items {
		if id, ok := strings.CutPrefix(it.Message, "Run "); ok {
			ids = append(ids, id)
		}
	}
	return ids
}

func wantsCopies(headers json.RawMessage) bool {
	if !bytes.Contains(headers, []byte(copyHeader)) {
		return false
	}
	h, _ := readHeaders(headers)
	return strings.EqualFold(strings.TrimSpace(h[copyHeader]), "true")
}

func copyOf(ctx context.Context, to connector.Documents, b connector.Blob) (connector.Document, error) {
	info := b.Info()
	body, err := b.Open(ctx, 0)
	if err != nil {
		return connector.Document{}, err
	}
	defer body.Close()
	return to.Create(ctx, connector.NewDocument{Name: info.Name, ContentType: info.ContentType, Size: info.Size}, body)
}
