package destination

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"

	"golang.org/x/oauth2"
	"golang.org/x/oauth2/google"
	"google.golang.org/api/googleapi"
	"google.golang.org/api/option"
	"google.golang.org/api/storage/v1"
)

// googleStore is a bucket of Google Cloud Storage.
type googleStore struct {
	objects        *storage.ObjectsService
	bucket, prefix string
}

// openGoogle takes credentials from where all of Google's programs take them: the file that GOOGLE_APPLICATION_CREDENTIALS
// names, what gcloud auth application-default login left, or the machine's own account. STORAGE_EMULATOR_HOST names an
// emulator instead, as it does for Google's libraries; no credentials go there.
func openGoogle(ctx context.Context, bucket, prefix string, getenv func(string) string) (store, error) {
	client := httpClient()
	options := []option.ClientOption{option.WithHTTPClient(client)}
	if emulator := getenv("STORAGE_EMULATOR_HOST"); emulator != "" {
		if !strings.Contains(emulator, "://") {
			emulator = "http://" + emulator
		}
		options = append(options, option.WithEndpoint(emulator+"/storage/v1/"))
	} else {
		found, err := google.FindDefaultCredentials(ctx, storage.DevstorageReadWriteScope)
		if err != nil {
			return nil, err
		}
		client.Transport = &oauth2.Transport{Source: found.TokenSource, Base: client.Transport}
	}
	service, err := storage.NewService(ctx, options...)
	if err != nil {
		return nil, err
	}
	return &googleStore{service.Objects, bucket, prefix}, nil
}

func (g *googleStore) size(ctx context.Context, name string) (int64, error) {
	call := g.objects.Get(g.bucket, g.prefix+name).Context(ctx)
	for attempt := 1; ; attempt++ {
		object, err := call.Do()
		if err == nil {
			return int64(object.Size), nil
		}
		if attempt == attempts || !isPassing(err) || wait(ctx, time.Second<<attempt/4) != nil {
			return 0, absent(err, isAbsentGoogle(err))
		}
	}
}

func isAbsentGoogle(err error) bool {
	var answer *googleapi.Error
	return errors.As(err, &answer) && answer.Code == http.StatusNotFound
}

// isPassing reports whether a question may be answered when it is asked again; Google's library does so by itself for
// uploads alone.
func isPassing(err error) bool {
	var answer *googleapi.Error
	if !errors.As(err, &answer) {
		return true // no answer came at all
	}
	return answer.Code == http.StatusTooManyRequests || answer.Code >= http.StatusInternalServerError
}

// put sends a resumable upload: a chunk that fails is sent again from where the service has it.
func (g *googleStore) put(ctx context.Context, name string, c content) error {
	object := &storage.Object{Name: g.prefix + name, ContentType: "application/octet-stream", Metadata: map[string]string{"sha256": c.sha256}}
	_, err := g.objects.Insert(g.bucket, object).
		Media(c.Reader, googleapi.ChunkSize(partSize), googleapi.ContentType(object.ContentType)).
		Context(ctx).Do()
	return err
}

func (g *googleStore) open(ctx context.Context, name string, offset int64) (io.ReadCloser, error) {
	call := g.objects.Get(g.bucket, g.prefix+name).Context(ctx)
	if offset > 0 {
		call.Header().Set("Range", fmt.Sprintf("bytes=%d-", offset))
	}
	answer, err := call.Download()
	if err != nil {
		return nil, absent(err, isAbsentGoogle(err))
	}
	return answer.Body, nil
}
