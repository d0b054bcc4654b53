package destination

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"strings"
)

// Error says what could not be done at a destination.
type Error struct {
	Op    string // "send season.zip"
	Place string
	Err   error
}

func (e *Error) Error() string { return fmt.Sprintf("%s: cannot %s: %v", e.Place, e.Op, e.Err) }

// Unwrap gives the cause.
func (e *Error) Unwrap() error { return e.Err }

// Hint says where a service's credentials come from, the likeliest cause where it refuses.
func (e *Error) Hint() string {
	scheme, _, _ := strings.Cut(e.Place, "://")
	switch scheme {
	case "s3":
		return "credentials come from AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY or an AWS profile, the region from AWS_REGION, another server's address from AWS_ENDPOINT_URL_S3"
	case "gs":
		return "credentials come from the file that GOOGLE_APPLICATION_CREDENTIALS names, or from gcloud auth application-default login"
	case "azblob":
		return "credentials come from AZURE_STORAGE_CONNECTION_STRING, or AZURE_STORAGE_ACCOUNT with AZURE_STORAGE_KEY, AZURE_STORAGE_SAS_TOKEN or az login"
	}
	return ""
}

// failed makes an error of a store's; nil stays nil.
func (d *Destination) failed(op string, err error) error {
	if err == nil {
		return nil
	}
	return &Error{Op: op, Place: d.place, Err: cause(err)}
}

// cause leaves out of an error the addresses of requests, whose parameters can hold secrets.
func cause(err error) error {
	if request, ok := errors.AsType[*url.Error](err); ok {
		return request.Err
	}
	return err
}

// absent gives [fs.ErrNotExist] where a service answered that there is nothing.
func absent(err error, isAbsent bool) error {
	if isAbsent && !errors.Is(err, context.Canceled) {
		return fs.ErrNotExist
	}
	return err
}
