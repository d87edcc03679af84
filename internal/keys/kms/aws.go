package kms

import (
	"bytes"
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"
	"github.com/aws/aws-sdk-go-v2/config"

	"github.com/fairlead-io/fairlead/internal/keys"
)

// awsKey is a key of AWS KMS. Two operations are all that is used of it.
type awsKey struct {
	key, region, endpoint string
	credentials           aws.CredentialsProvider
	http                  *http.Client
	now                   func() time.Time
	signer                *v4.Signer
}

const maxAnswer = 1 << 20

func openAWS(ctx context.Context, name string, query url.Values, client *http.Client, now func() time.Time) (*awsKey, error) {
	k := &awsKey{key: strings.Trim(name, "/"), region: query.Get("region"), endpoint: query.Get("endpoint"), http: client, now: now, signer: v4.NewSigner()}
	if k.key == "" {
		return nil, invalid("it names no key")
	}
	if arn := strings.Split(k.key, ":"); len(arn) == 6 && k.region == "" {
		k.region = arn[3]
	}
	if err := k.fromMachine(ctx, client); err != nil {
		return nil, err
	}
	if k.region == "" {
		return nil, invalid("the region is missing: add ?region=")
	}
	if k.endpoint == "" {
		k.endpoint = "https://kms." + k.region + domain(k.region)
	}
	return k, nil
}

// fromMachine finds credentials, and the region if none was given, as AWS's own tools do. The SDK's chain insists on a
// transport of its own as soon as AWS_CA_BUNDLE is set, so keys of the environment are taken without it.
func (k *awsKey) fromMachine(ctx context.Context, client *http.Client) error {
	env, err := config.NewEnvConfig()
	if err == nil && env.Credentials.HasKeys() {
		k.credentials, k.region = aws.NewCredentialsCache(aws.CredentialsProviderFunc(func(context.Context) (aws.Credentials, error) {
			return env.Credentials, nil
		})), cmp.Or(k.region, env.Region)
		return nil
	}
	if err == nil && env.CustomCABundle != "" {
		return &keys.Error{Kind: keys.Invalid, Message: "AWS_CA_BUNDLE cannot be used for the key-encryption key unless AWS_ACCESS_KEY_ID is set as well: unset it for this program, and name the certificates in the setting kek (&ca=FILE)"}
	}
	cfg, err := config.LoadDefaultConfig(ctx, config.WithHTTPClient(client))
	if err != nil {
		return &keys.Error{Kind: keys.Invalid, Message: "the AWS settings of this machine cannot be read", Err: err}
	}
	k.credentials, k.region = cfg.Credentials, cmp.Or(k.region, cfg.Region)
	return nil
}

func domain(region string) string {
	if strings.HasPrefix(region, "cn-") {
		return ".amazonaws.com.cn"
	}
	return ".amazonaws.com"
}

// ID implements keys.KEK.
func (k *awsKey) ID() string { return "awskms://" + k.key }

// encryptionContext is also what the key's own log (CloudTrail) shows of a use.
var encryptionContext = map[string]string{"application": "fairlead"}

// WrapKey implements keys.Remote. KMS writes the version into what it returns.
func (k *awsKey) WrapKey(ctx context.Context, key []byte) ([]byte, string, error) {
	var out struct{ CiphertextBlob []byte }
	err := k.call(ctx, "Encrypt", map[string]any{"KeyId": k.key, "Plaintext": key, "EncryptionContext": encryptionContext}, &out)
	return out.CiphertextBlob, "", err
}

// UnwrapKey implements keys.Remote.
func (k *awsKey) UnwrapKey(ctx context.Context, wrapped []byte, _ string) ([]byte, error) {
	var out struct{ Plaintext []byte }
	err := k.call(ctx, "Decrypt", map[string]any{"KeyId": k.key, "CiphertextBlob": wrapped, "EncryptionContext": encryptionContext}, &out)
	return out.Plaintext, err
}

func (k *awsKey) call(ctx context.Context, operation string, in, out any) error {
	body, err := json.Marshal(in)
	if err != nil {
		return err
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, k.endpoint, bytes.NewReader(body))
	if err != nil {
		return invalid("its endpoint is not a URL")
	}
	req.Header.Set("Content-Type", "application/x-amz-json-1.1")
	req.Header.Set("X-Amz-Target", "TrentService."+operation)
	c, err := k.credentials.Retrieve(ctx)
	if err != nil {
		return &keys.Error{Kind: keys.Unavailable, Message: "there are no AWS credentials for " + k.ID() + ": set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or give the machine a role", Err: err}
	}
	sum := sha256.Sum256(body)
	if err := k.signer.SignHTTP(ctx, c, req, hex.EncodeToString(sum[:]), "kms", k.region, k.now()); err != nil {
		return err
	}
	res, err := k.http.Do(req)
	if err != nil {
		return unreachable(k.ID(), err)
	}
	defer res.Body.Close()
	raw, err := io.ReadAll(io.LimitReader(res.Body, maxAnswer))
	if err != nil {
		return unreachable(k.ID(), err)
	}
	if res.StatusCode != http.StatusOK {
		return k.refused(res.StatusCode, raw)
	}
	if err := json.Unmarshal(raw, out); err != nil {
		return refusal(k.ID(), res.Status, "the answer is not that of AWS KMS", false, false)
	}
	return nil
}

func (k *awsKey) refused(status int, raw []byte) error {
	var e struct {
		Type  string `json:"__type"`
		Lower string `json:"message"`
		Upper string `json:"Message"`
	}
	_ = json.Unmarshal(raw, &e) // what is missing is left out
	code := e.Type[strings.LastIndexByte(e.Type, '#')+1:]
	if code == "" {
		code = http.StatusText(status)
	}
	lost := code == "NotFoundException" || code == "DisabledException" || code == "KMSInvalidStateException"
	wrong := code == "IncorrectKeyException" || code == "InvalidCiphertextException"
	return refusal(k.ID(), code, strings.TrimSuffix(e.Lower+e.Upper, "."), lost, wrong)
}
