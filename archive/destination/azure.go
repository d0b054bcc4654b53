package destination

import (
	"context"
	"errors"
	"io"
	"strings"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
	"github.com/Azure/azure-sdk-for-go/sdk/azidentity"
	"github.com/Azure/azure-sdk-for-go/sdk/storage/azblob"
	"github.com/Azure/azure-sdk-for-go/sdk/storage/azblob/blob"
	"github.com/Azure/azure-sdk-for-go/sdk/storage/azblob/bloberror"
)

// azureStore is a container of Azure Blob Storage.
type azureStore struct {
	client            *azblob.Client
	container, prefix string
}

// openAzure takes credentials from where the az command line takes them: AZURE_STORAGE_CONNECTION_STRING, or the account in
// AZURE_STORAGE_ACCOUNT with AZURE_STORAGE_KEY, with AZURE_STORAGE_SAS_TOKEN, or with neither as the person or machine that
// Azure knows (az login, AZURE_CLIENT_ID and its like).
func openAzure(_ context.Context, container, prefix string, getenv func(string) string) (store, error) {
	client, err := azureClient(getenv)
	if err != nil {
		return nil, err
	}
	return &azureStore{client, container, prefix}, nil
}

func azureClient(getenv func(string) string) (*azblob.Client, error) {
	options := &azblob.ClientOptions{ClientOptions: azcore.ClientOptions{
		Transport: httpClient(), Retry: policy.RetryOptions{MaxRetries: attempts - 1},
	}}
	if connection := getenv("AZURE_STORAGE_CONNECTION_STRING"); connection != "" {
		return azblob.NewClientFromConnectionString(connection, options)
	}
	account := getenv("AZURE_STORAGE_ACCOUNT")
	if account == "" {
		return nil, errors.New("the storage account is not known; name it in AZURE_STORAGE_ACCOUNT")
	}
	address := "https://" + account + ".blob.core.windows.net/"
	if key := getenv("AZURE_STORAGE_KEY"); key != "" {
		shared, err := azblob.NewSharedKeyCredential(account, key)
		if err != nil {
			return nil, err
		}
		return azblob.NewClientWithSharedKeyCredential(address, shared, options)
	}
	if token := getenv("AZURE_STORAGE_SAS_TOKEN"); token != "" {
		return azblob.NewClientWithNoCredential(address+"?"+strings.TrimPrefix(token, "?"), options)
	}
	identity, err := azidentity.NewDefaultAzureCredential(nil)
	if err != nil {
		return nil, err
	}
	return azblob.NewClient(address, identity, options)
}

func (a *azureStore) blob(name string) *blob.Client {
	return a.client.ServiceClient().NewContainerClient(a.container).NewBlobClient(a.prefix + name)
}

func (a *azureStore) size(ctx context.Context, name string) (int64, error) {
	properties, err := a.blob(name).GetProperties(ctx, nil)
	if err != nil {
		return 0, absent(err, bloberror.HasCode(err, bloberror.BlobNotFound))
	}
	return *properties.ContentLength, nil
}

// put sends blocks of which each is tried again by itself; the blob appears when the list of all of them is sent.
func (a *azureStore) put(ctx context.Context, name string, c content) error {
	_, err := a.client.UploadStream(ctx, a.container, a.prefix+name, c.Reader, &azblob.UploadStreamOptions{
		BlockSize: partSize, Concurrency: 2, Metadata: map[string]*string{"sha256": &c.sha256},
	})
	return err
}

func (a *azureStore) open(ctx context.Context, name string, offset int64) (io.ReadCloser, error) {
	answer, err := a.client.DownloadStream(ctx, a.container, a.prefix+name, &azblob.DownloadStreamOptions{
		Range: azblob.HTTPRange{Offset: offset},
	})
	if err != nil {
		return nil, absent(err, bloberror.HasCode(err, bloberror.BlobNotFound))
	}
	return answer.Body, nil
}
