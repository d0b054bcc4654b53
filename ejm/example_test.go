package ejm_test

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"

	"github.com/ejmx/ejmx/ejm"
)

// The list of applications, read as it comes in.
func ExampleClient_Applications() {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		fmt.Fprint(w, `[{"appid": "620310", "fname": "Min-Jung", "lname": "Lee", "recommendations": [{"recid": 41, "blobid": 88001}, {"recid": 43, "blobid": 0}]}]`)
	}))
	defer server.Close()

	c, err := ejm.New(ejm.Config{BaseURL: server.URL, Token: "token-from-the-set-up-page"})
	if err != nil {
		panic(err)
	}
	defer c.Close()
	for application, err := range c.Applications(context.Background()) {
		if err != nil {
			panic(err)
		}
		arrived := 0
		for _, r := range application.Recommendations {
			if r.Arrived() {
				arrived++
			}
		}
		fmt.Printf("%s %s %s, %d of %d letters\n", application.AppID, application.FirstName, application.LastName, arrived, len(application.Recommendations))
	}
	// Output: 620310 Min-Jung Lee, 1 of 2 letters
}

// One letter, tried again where that can help.
func ExampleClient_Retry() {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		fmt.Fprint(w, `{"letterid": 90213, "filecontent": "RGVhciBjb21taXR0ZWUs", "filename": "letter.txt"}`)
	}))
	defer server.Close()

	c, err := ejm.New(ejm.Config{BaseURL: server.URL, Token: "token-from-the-set-up-page"})
	if err != nil {
		panic(err)
	}
	defer c.Close()
	err = c.Retry(context.Background(), "letter 90213", func(ctx context.Context) error {
		for letter, err := range c.Document(ctx, ejm.KindLetter, 90213) {
			if err != nil {
				return err
			}
			text, err := io.ReadAll(letter.Body)
			if err != nil {
				return err
			}
			fmt.Printf("%s: %s\n", letter.FileName, text)
		}
		return nil
	})
	if err != nil {
		panic(err)
	}
	// Output: letter.txt: Dear committee,
}
