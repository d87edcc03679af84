// Package s3 is the AWS S3 integration: buckets and objects of Amazon S3 and
// of services that speak its protocol.
package s3

import (
	_ "embed"

	"github.com/fairlead-io/fairlead/connector"
	"github.com/fairlead-io/fairlead/connectors/aws/internal/leastpolicy"
)

//go:embed setup.md
var setup string

// Integration declares AWS S3.
func Integration() *connector.Integration { return integration(defaultLimits()) }

func integration(limits transferLimits) *connector.Integration {
	return &connector.Integration{
		ID:       "aws-s3",
		Name:     "AWS S3",
		Category: "ITSM",
		Vendor:   "Amazon Web Services",
		Summary:  "Manages buckets with their policies, versions and access blocks, and moves files in and out of them.",
		Overview: "Amazon S3 keeps files (objects) in buckets: evidence, log archives, backups, data lakes. " +
			"This integration works with buckets and objects of AWS, and of any service that speaks the S3 protocol (MinIO, Ceph, versitygw and others) through Endpoint URL. " +
			"Commands that take several buckets or files report each of them, and a run in which only some succeeded is Partially Successful.",
		Limitations: []string{
			"Owner, name and region of a bucket cannot be changed after it was created.",
			"An account holds 10,000 buckets unless AWS grants more; the number of buckets does not affect performance.",
			"An object uploaded in one request may have 5 GiB, in parts 50 TB; services other than AWS may stop earlier.",
			"Files of archived storage classes must be restored before they can be downloaded or moved.",
			"Without s3:ListBucket a missing file cannot be told from a denied one: S3 answers both with 403.",
		},
		Setup:      setup,
		Docs:       "https://docs.aws.amazon.com/AmazonS3/latest/API/Welcome.html",
		Connection: connector.NewConnection(opener(limits)),
		Policy:     leastpolicy.Write,
		Found:      found,
		Commands: []*connector.Command{
			testConnection(),
			createBuckets(),
			deleteBucketObjects(),
			deleteBuckets(),
			downloadFiles(),
			getBucketPolicy(),
			getPublicAccessBlock(),
			listBucketObjects(),
			listBuckets(),
			moveFiles(),
			putBucketPolicy(),
			putPublicAccessBlock(),
			uploadFiles(),

			copyFiles(),
			deleteBucketPolicy(),
			deletePublicAccessBlock(),
			emptyBucket(),
			generatePresignedURL(),
			getBucketVersioning(),
			getObjectDetails(),
			listObjectVersions(),
			putBucketVersioning(),
			restoreObjectVersion(),
		},
	}
}
