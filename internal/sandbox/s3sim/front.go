package s3sim

import (
	"strings"

	"github.com/valyala/fasthttp"
)

// maxRegions bounds the servers that strangers' signatures can make us build; AWS has about 40 regions.
const maxRegions = 64

// handle is the front: it finds the region, lets its server answer, and writes the request log.
func (s *Server) handle(ctx *fasthttp.RequestCtx) {
	sc := parseScope(&ctx.Request)
	entry := Request{
		Time: s.opts.Clock(), Method: string(ctx.Method()), Path: string(ctx.URI().PathOriginal()),
		Query: blankQuery(string(ctx.URI().QueryString())), Region: sc.region, AccessKey: sc.accessKey, Service: "s3",
	}
	if sc.service == "sts" {
		entry.Service = "sts"
	}
	r, err := s.regionServer(s.routeTo(ctx, sc))
	if err != nil {
		s.opts.Log.Error("sandbox S3: no server for region", "region", sc.region, "error", err)
		ctx.Error("no server for this region", fasthttp.StatusInternalServerError)
		return
	}
	r.handler(ctx)
	reword(&ctx.Response)
	entry.Operation, entry.Status = "Unknown", ctx.Response.StatusCode()
	if op, ok := ctx.UserValue(operationKey).(string); ok && op != "" {
		entry.Operation = op
	}
	s.requests.add(entry)
}

// routeTo names the region whose server answers: that of the signature, or of the bucket for the anonymous.
func (s *Server) routeTo(ctx *fasthttp.RequestCtx, sc scope) string {
	if sc.region != "" && sc.service != "sts" {
		return sc.region
	}
	bucket, _ := target(&ctx.Request)
	if rec, ok := s.storage.buckets.get(bucket); ok && sc.region == "" {
		return rec.Region
	}
	return DefaultRegion
}

// regionServer returns the server of a region and makes it when it is new. Beyond maxRegions the home server
// answers, and refuses the foreign signature in AWS's words.
func (s *Server) regionServer(name string) (*region, error) {
	s.regionsMu.RLock()
	r := s.regions[name]
	s.regionsMu.RUnlock()
	if r != nil {
		return r, nil
	}
	s.regionsMu.Lock()
	defer s.regionsMu.Unlock()
	if r := s.regions[name]; r != nil {
		return r, nil
	}
	if len(s.regions) >= maxRegions {
		return s.regions[DefaultRegion], nil
	}
	r, err := newRegion(strings.Clone(name), s)
	if err != nil {
		return nil, err
	}
	s.regions[r.name] = r
	return r, nil
}
