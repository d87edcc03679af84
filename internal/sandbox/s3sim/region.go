package s3sim

import (
	"bytes"
	"encoding/xml"
	"net/http"
	"strings"

	"github.com/gofiber/fiber/v3"
	"github.com/valyala/fasthttp"
	"github.com/versity/versitygw/auth"
	"github.com/versity/versitygw/metrics"
	"github.com/versity/versitygw/s3api"
	"github.com/versity/versitygw/s3api/controllers"
	"github.com/versity/versitygw/s3api/middlewares"
	"github.com/versity/versitygw/s3api/utils"
	"github.com/versity/versitygw/s3err"
)

// regionLocal is versitygw's name for the region among a request's values.
const regionLocal = string(utils.ContextKeyRegion)

const (
	maxConnections = 1000
	maxParts       = 10000
)

// region is one versitygw server over the shared storage: it accepts signatures of its own region only.
type region struct {
	name    string
	srv     *Server
	store   *store
	app     *fiber.App
	handler fasthttp.RequestHandler

	root     middlewares.RootUserConfig
	services *controllers.Services
}

func newRegion(name string, srv *Server) (*region, error) {
	r := &region{
		name: name, srv: srv, store: &store{storage: srv.storage, region: name},
		root:     middlewares.RootUserConfig{Access: AccountID, Secret: srv.rootSecret},
		services: &controllers.Services{MetricsManager: operationRecorder{}},
	}
	api, err := s3api.New(r.store, r.root, name, srv.iam, nil, nil, nil, operationRecorder{},
		s3api.WithQuiet(), s3api.WithKeepAlive(), s3api.WithMpMaxParts(maxParts),
		s3api.WithConcurrencyLimiter(maxConnections, maxConnections),
		s3api.WithMiddleware("/", r.intercept))
	if err != nil {
		return nil, err
	}
	if r.app, err = fiberApp(api); err != nil {
		return nil, err
	}
	r.handler = r.app.Handler()
	return r, nil
}

// intercept answers what versitygw does not know and lets the rest pass.
func (r *region) intercept(ctx fiber.Ctx) error {
	req := ctx.Request()
	bucket, key := target(req)
	sub, method := subresource(req), ctx.Method()
	if bucket == "" {
		return r.interceptRoot(ctx, method)
	}
	create := method == fasthttp.MethodPut && key == "" && sub == ""
	if rec, ok := r.srv.storage.buckets.get(bucket); ok && rec.Region != r.name && !create && !r.answersForAll(method, key, sub) {
		return r.redirect(ctx, bucket, rec.Region)
	}
	switch {
	case create:
		return r.createBucket(ctx)
	case key == "" && req.URI().QueryArgs().Has("publicAccessBlock"):
		return r.publicAccessBlock(ctx, method, bucket)
	case key == "" && method == fasthttp.MethodGet && req.URI().QueryArgs().Has("policyStatus"):
		return r.run(ctx, metrics.ActionGetBucketPolicyStatus, r.policyStatus(bucket))
	case key == "" && method == fasthttp.MethodPost && sub == "delete":
		return r.deleteObjects(ctx)
	}
	return ctx.Next()
}

func (r *region) interceptRoot(ctx fiber.Ctx, method string) error {
	switch method {
	case fasthttp.MethodGet:
		return r.run(ctx, metrics.ActionListAllMyBuckets, r.listBuckets)
	case fasthttp.MethodPost:
		return r.srv.tokens.serve(ctx)
	}
	return ctx.Next()
}

// answersForAll: us-east-1 tells the location of every bucket, which is how clients find out.
func (r *region) answersForAll(method, key, sub string) bool {
	return r.name == DefaultRegion && method == fasthttp.MethodGet && key == "" && sub == "location"
}

// redirect answers as AWS does before it looks at the signature. Clients follow the header, not a Location.
func (r *region) redirect(ctx fiber.Ctx, bucket, home string) error {
	ctx.Response().Header.Set("x-amz-bucket-region", home)
	return controllers.ProcessController(ctx, func(fiber.Ctx) (*controllers.Response, error) {
		return &controllers.Response{}, errPermanentRedirect(r.srv.listener.Addr().String(), bucket)
	}, metrics.ActionUndetected, r.services)
}

// run verifies the signature as versitygw's own routes do and calls the controller.
func (r *region) run(ctx fiber.Ctx, action string, c controllers.Controller) error {
	return controllers.ProcessHandlers(c, action, r.services,
		r.setDefaults,
		refuseAnonymous,
		middlewares.VerifyPresignedV4Signature(r.root, r.srv.iam, r.name, false),
		middlewares.VerifyV4Signature(r.root, r.srv.iam, r.name, false, true, false),
	)(ctx)
}

// setDefaults does what versitygw's SetDefaultValues does, which cannot be called outside its own chain.
func (r *region) setDefaults(ctx fiber.Ctx) error {
	utils.ContextKeyRegion.Set(ctx, r.name)
	utils.ContextKeyStartTime.Set(ctx, r.srv.opts.Clock())
	utils.ContextKeyRootAccessKey.Set(ctx, r.root.Access)
	utils.ContextKeyAccount.Set(ctx, auth.Account{})
	utils.ContextKeyIsRoot.Set(ctx, false)
	return nil
}

func refuseAnonymous(ctx fiber.Ctx) error {
	if parseScope(ctx.Request()).accessKey == "" {
		return s3err.GetAPIError(s3err.ErrAccessDenied)
	}
	return nil
}

// listBuckets differs from versitygw's in that each bucket shows its own region, and may be asked for by region.
func (r *region) listBuckets(ctx fiber.Ctx) (*controllers.Response, error) {
	acct, _ := utils.ContextKeyAccount.Get(ctx).(auth.Account)
	if err := auth.VerifyListAllMyBucketsAccess(ctx, r.srv.iam, false, acct); err != nil {
		return &controllers.Response{}, err
	}
	limit, err := utils.ParseMaxLimiter(ctx.Query("max-buckets"), utils.LimiterTypeMaxBuckets)
	if err != nil {
		return &controllers.Response{}, err
	}
	return &controllers.Response{Data: r.store.listPage(listQuery{
		prefix: ctx.Query("prefix"), after: ctx.Query("continuation-token"), region: ctx.Query("bucket-region"), limit: int(limit),
	})}, nil
}

// createBucket lets versitygw create and afterwards tells apart the two refusals AWS has for a location.
func (r *region) createBucket(ctx fiber.Ctx) error {
	if err := ctx.Next(); err != nil {
		return err
	}
	res := ctx.Response()
	if res.StatusCode() != http.StatusBadRequest || !bytes.Contains(res.Body(), []byte("<Code>InvalidLocationConstraint</Code>")) {
		return nil
	}
	if c := locationConstraint(ctx.Request().Body()); c != "" && c != r.name {
		id, host := utils.EnsureRequestIDs(ctx)
		res.SetBody(errIllegalLocation(c).XMLBody(id, host))
	}
	return nil
}

// locationConstraint reads CreateBucket's body; empty when there is none.
func locationConstraint(body []byte) string {
	var c struct{ LocationConstraint string }
	if xml.Unmarshal(body, &c) != nil {
		return ""
	}
	return strings.TrimSpace(c.LocationConstraint)
}

// maxDelete is S3's limit for one DeleteObjects call.
const maxDelete = 1000

// deleteObjects adds the limit on keys and the quiet mode, both of which versitygw ignores.
func (r *region) deleteObjects(ctx fiber.Ctx) error {
	var in struct {
		Quiet  bool
		Object []struct{}
	}
	parsed := xml.Unmarshal(ctx.Request().Body(), &in) == nil
	if parsed && len(in.Object) > maxDelete {
		return r.run(ctx, metrics.ActionDeleteObjects, func(fiber.Ctx) (*controllers.Response, error) {
			return &controllers.Response{}, s3err.GetAPIError(s3err.ErrMalformedXML)
		})
	}
	if err := ctx.Next(); err != nil {
		return err
	}
	if res := ctx.Response(); parsed && in.Quiet && res.StatusCode() == http.StatusOK {
		res.SetBody(onlyErrors(res.Body()))
	}
	return nil
}

// onlyErrors removes the deleted keys from a DeleteResult.
func onlyErrors(body []byte) []byte {
	var res struct {
		XMLName xml.Name `xml:"DeleteResult"`
		Xmlns   string   `xml:"xmlns,attr"`
		Error   []struct {
			Key       string
			VersionId string `xml:",omitempty"`
			Code      string
			Message   string
		}
	}
	if xml.Unmarshal(body, &res) != nil {
		return body
	}
	res.XMLName.Space = ""
	return append([]byte(xml.Header), mustXML(res)...)
}
