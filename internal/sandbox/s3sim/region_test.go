package s3sim

import (
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
	"github.com/google/go-cmp/cmp"
)

func TestBucketsOfThreeRegions(t *testing.T) {
	s := sandbox(t)
	homes := map[string]string{"bucket-us": "us-east-1", "bucket-eu": "eu-west-1", "bucket-ap": "ap-southeast-2"}
	for bucket, region := range homes {
		mustCreate(t, client(t, s, region), bucket)
	}
	for _, region := range []string{"us-east-1", "eu-west-1", "ca-central-1"} {
		out, err := client(t, s, region).ListBuckets(t.Context(), &s3.ListBucketsInput{})
		if err != nil {
			t.Fatalf("ListBuckets through %s: %v", region, err)
		}
		got := map[string]string{}
		for _, b := range out.Buckets {
			got[*b.Name] = aws.ToString(b.BucketRegion)
		}
		if diff := cmp.Diff(homes, got); diff != "" {
			t.Errorf("ListBuckets through %s (-want +got):\n%s", region, diff)
		}
	}
	for bucket, region := range homes {
		head, err := client(t, s, region).HeadBucket(t.Context(), &s3.HeadBucketInput{Bucket: &bucket})
		if err != nil || aws.ToString(head.BucketRegion) != region {
			t.Errorf("HeadBucket %s: %v, %v", bucket, aws.ToString(head.BucketRegion), err)
		}
		want := types.BucketLocationConstraint(region)
		if region == "us-east-1" {
			want = ""
		}
		for _, via := range []string{region, "us-east-1"} { // us-east-1 knows every location
			loc, err := client(t, s, via).GetBucketLocation(t.Context(), &s3.GetBucketLocationInput{Bucket: &bucket})
			if err != nil || loc.LocationConstraint != want {
				t.Errorf("GetBucketLocation %s through %s: got %q, %v; want %q", bucket, via, loc.LocationConstraint, err, want)
			}
		}
	}
}

func TestListBucketsPagesAndFilters(t *testing.T) {
	s := sandbox(t)
	eu := client(t, s, "eu-west-1")
	mustCreate(t, client(t, s, "us-east-1"), "list-b")
	for _, b := range []string{"list-a", "list-c", "other"} {
		mustCreate(t, eu, b)
	}
	var pages [][]string
	p := s3.NewListBucketsPaginator(eu, &s3.ListBucketsInput{MaxBuckets: aws.Int32(2), Prefix: aws.String("list-")})
	for p.HasMorePages() {
		out, err := p.NextPage(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		var names []string
		for _, b := range out.Buckets {
			names = append(names, *b.Name)
		}
		pages = append(pages, names)
	}
	if diff := cmp.Diff([][]string{{"list-a", "list-b"}, {"list-c"}}, pages); diff != "" {
		t.Errorf("pages (-want +got):\n%s", diff)
	}
	out, err := eu.ListBuckets(t.Context(), &s3.ListBucketsInput{BucketRegion: aws.String("us-east-1")})
	if err != nil || len(out.Buckets) != 1 || *out.Buckets[0].Name != "list-b" {
		t.Errorf("ListBuckets of us-east-1: %v, %v", out.Buckets, err)
	}
}

func TestCreateBucketLocationRules(t *testing.T) {
	s := sandbox(t)
	illegal := func(which string) apiError {
		return apiError{"IllegalLocationConstraintException", 400, "The " + which + " location constraint is incompatible for the region specific endpoint this request was sent to."}
	}
	for _, tc := range []struct {
		name, region, constraint string
		want                     apiError
	}{
		{"the home region takes none", "us-east-1", "", apiError{}},
		{"the home region refuses its own name", "us-east-1", "us-east-1", apiError{"InvalidLocationConstraint", 400, "The specified location-constraint is not valid"}},
		{"the home region refuses another's name", "us-east-1", "eu-west-1", illegal("eu-west-1")},
		{"other regions take their own name", "eu-west-1", "eu-west-1", apiError{}},
		{"other regions demand a name", "eu-west-1", "", illegal("unspecified")},
		{"other regions refuse another's name", "eu-west-1", "eu-central-1", illegal("eu-central-1")},
	} {
		t.Run(tc.name, func(t *testing.T) {
			in := &s3.CreateBucketInput{Bucket: aws.String("rule-" + tc.region + "-" + tc.constraint + "x")}
			if tc.constraint != "" {
				in.CreateBucketConfiguration = &types.CreateBucketConfiguration{LocationConstraint: types.BucketLocationConstraint(tc.constraint)}
			}
			_, err := client(t, s, tc.region).CreateBucket(t.Context(), in)
			wantFailure(t, "CreateBucket", err, tc.want)
		})
	}
}

func TestCreateAgain(t *testing.T) {
	s := sandbox(t)
	us, eu := client(t, s, "us-east-1"), client(t, s, "eu-west-1")
	mustCreate(t, us, "mine-us")
	mustCreate(t, us, "mine-us") // AWS answers 200 in us-east-1 only
	mustCreate(t, eu, "mine-eu")
	owned := apiError{"BucketAlreadyOwnedByYou", 409, "Your previous request to create the named bucket succeeded and you already own it."}
	own := &types.CreateBucketConfiguration{LocationConstraint: "eu-west-1"}
	_, err := eu.CreateBucket(t.Context(), &s3.CreateBucketInput{Bucket: aws.String("mine-eu"), CreateBucketConfiguration: own})
	wantFailure(t, "again in eu-west-1", err, owned)
	_, err = us.CreateBucket(t.Context(), &s3.CreateBucketInput{Bucket: aws.String("mine-eu")})
	wantFailure(t, "again through us-east-1", err, owned)
}

func TestWrongRegionIsRedirected(t *testing.T) {
	s := sandbox(t)
	eu, us := client(t, s, "eu-west-1"), client(t, s, "us-east-1")
	mustCreate(t, eu, "far-away")
	mustPut(t, eu, "far-away", "k", "v")
	want := apiError{"PermanentRedirect", 301, "The bucket you are attempting to access must be addressed using the specified endpoint. Please send all future requests to this endpoint."}
	_, err := us.ListObjectsV2(t.Context(), &s3.ListObjectsV2Input{Bucket: aws.String("far-away")})
	wantFailure(t, "ListObjectsV2", err, want)
	_, err = us.GetPublicAccessBlock(t.Context(), &s3.GetPublicAccessBlockInput{Bucket: aws.String("far-away")})
	wantFailure(t, "GetPublicAccessBlock", err, want)
	_, err = us.DeleteBucket(t.Context(), &s3.DeleteBucketInput{Bucket: aws.String("far-away")})
	wantFailure(t, "DeleteBucket", err, want)
	_, err = us.PutObject(t.Context(), &s3.PutObjectInput{Bucket: aws.String("far-away"), Key: aws.String("k"), Body: strings.NewReader(strings.Repeat("x", 100_000))})
	wantFailure(t, "PutObject", err, want)
	if got := content(t, eu, "far-away", "k"); got != "v" {
		t.Errorf("the refused PutObject changed the object to %d bytes", len(got))
	}

	req, err := s3.NewPresignClient(us).PresignGetObject(t.Context(), &s3.GetObjectInput{Bucket: aws.String("far-away"), Key: aws.String("k")})
	if err != nil {
		t.Fatal(err)
	}
	res := get(t, req.URL)
	body, _ := io.ReadAll(res.Body)
	if res.StatusCode != http.StatusMovedPermanently || res.Header.Get("x-amz-bucket-region") != "eu-west-1" {
		t.Errorf("status %d, x-amz-bucket-region %q; want 301, eu-west-1", res.StatusCode, res.Header.Get("x-amz-bucket-region"))
	}
	host := strings.TrimPrefix(s.Endpoint(), "http://")
	for _, part := range []string{"<Code>PermanentRedirect</Code>", "<Endpoint>" + host + "</Endpoint>", "<Bucket>far-away</Bucket>", "<RequestId>", "<HostId>"} {
		if !strings.Contains(string(body), part) {
			t.Errorf("body lacks %s: %s", part, body)
		}
	}
}

// get sends a plain request and returns whatever comes back; redirects are not followed.
func get(t *testing.T, url string) *http.Response {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	c := httpClient(t)
	c.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	res, err := c.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = res.Body.Close() })
	return res
}

func TestStateOutlivesServer(t *testing.T) {
	dir := t.TempDir()
	with := func(o *Options) { o.Dir = dir }
	first := sandbox(t, with)
	eu := client(t, first, "eu-west-1")
	mustCreate(t, eu, "kept")
	mustPut(t, eu, "kept", "a/b", "content")
	blockPublic(t, eu, "kept")
	if err := first.Close(); err != nil {
		t.Fatal(err)
	}
	second := sandbox(t, with)
	eu = client(t, second, "eu-west-1")
	if got := content(t, eu, "kept", "a/b"); got != "content" {
		t.Errorf("content after restart: %q", got)
	}
	out, err := eu.GetPublicAccessBlock(t.Context(), &s3.GetPublicAccessBlockInput{Bucket: aws.String("kept")})
	if err != nil || !aws.ToBool(out.PublicAccessBlockConfiguration.BlockPublicPolicy) {
		t.Errorf("public access block after restart: %+v, %v", out, err)
	}
	if _, err := client(t, second, "us-east-1").HeadBucket(t.Context(), &s3.HeadBucketInput{Bucket: aws.String("kept")}); failure(err).Status != 301 {
		t.Errorf("the region was forgotten: %v", err)
	}
}

func TestStrangeSignaturesCannotExhaustRegions(t *testing.T) {
	s := sandbox(t)
	for i := range maxRegions + 5 {
		region := "made-up-" + strings.Repeat("x", i%30) + string(rune('a'+i%26))
		_, _ = client(t, s, region).ListBuckets(t.Context(), &s3.ListBucketsInput{})
	}
	s.regionsMu.RLock()
	defer s.regionsMu.RUnlock()
	if n := len(s.regions); n > maxRegions {
		t.Errorf("%d regions were made, the limit is %d", n, maxRegions)
	}
}
