package destination

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/retry"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/feature/s3/transfermanager"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/smithy-go/logging"
	smithyhttp "github.com/aws/smithy-go/transport/http"
)

// maxParts is how many parts one upload to S3 can have.
const maxParts = 10_000

// s3Store is a bucket of Amazon S3 or of a server that speaks its language.
type s3Store struct {
	client         *s3.Client
	bucket, prefix string
}

// openS3 takes credentials, region and address from where the AWS command line takes them: AWS_ACCESS_KEY_ID and
// AWS_SECRET_ACCESS_KEY, AWS_PROFILE and ~/.aws, AWS_REGION, AWS_ENDPOINT_URL_S3. Buckets of another server than Amazon's
// are named in the path, which all of them understand.
func openS3(ctx context.Context, bucket, prefix string, _ func(string) string) (store, error) {
	loaded, err := config.LoadDefaultConfig(ctx, config.WithRetryer(func() aws.Retryer {
		return retry.AddWithMaxAttempts(retry.NewStandard(), attempts)
	}))
	if err != nil {
		return nil, err
	}
	client := s3.NewFromConfig(loaded, func(o *s3.Options) {
		o.HTTPClient = httpClient()
		o.Logger = logging.Nop{} // it would write to standard error
		o.UsePathStyle = o.BaseEndpoint != nil
		if o.Region == "" && o.BaseEndpoint != nil {
			o.Region = "us-east-1" // other servers take any; this one is their default
		}
	})
	if client.Options().Region == "" {
		return nil, errors.New("the bucket's region is not known; name it in AWS_REGION")
	}
	return &s3Store{client, bucket, prefix}, nil
}

func (s *s3Store) key(name string) *string { return aws.String(s.prefix + name) }

func (s *s3Store) size(ctx context.Context, name string) (int64, error) {
	head, err := s.client.HeadObject(ctx, &s3.HeadObjectInput{Bucket: &s.bucket, Key: s.key(name)})
	if err != nil {
		return 0, absent(err, isAbsentS3(err))
	}
	return aws.ToInt64(head.ContentLength), nil
}

func isAbsentS3(err error) bool {
	var answer *smithyhttp.ResponseError
	return errors.As(err, &answer) && answer.HTTPStatusCode() == http.StatusNotFound
}

// put sends parts of which each is tried again by itself. S3 shows an object only when it was completed; what was sent of
// one that failed is taken away.
func (s *s3Store) put(ctx context.Context, name string, c content) error {
	manager := transfermanager.New(s.client, func(o *transfermanager.Options) {
		o.PartSizeBytes = max(partSize, c.size/maxParts+1)
		o.MultipartUploadThreshold = partSize
		o.Concurrency = 2
	})
	_, err := manager.UploadObject(ctx, &transfermanager.UploadObjectInput{
		Bucket: &s.bucket, Key: s.key(name), Body: c.Reader, Metadata: map[string]string{"sha256": c.sha256},
	})
	return err
}

func (s *s3Store) open(ctx context.Context, name string, offset int64) (io.ReadCloser, error) {
	in := &s3.GetObjectInput{Bucket: &s.bucket, Key: s.key(name)}
	if offset > 0 {
		in.Range = aws.String(fmt.Sprintf("bytes=%d-", offset))
	}
	out, err := s.client.GetObject(ctx, in)
	if err != nil {
		return nil, absent(err, isAbsentS3(err))
	}
	return out.Body, nil
}
