package replay

import (
	"crypto/rand"
	"crypto/rsa"
	"encoding/json"
	"errors"
	"mime"
	"net/http"
	"net/netip"
	"strings"
	"sync"
	"time"

	"github.com/golang-jwt/jwt/v5"
)

// maxBody is how large the body of a request may be, in bytes. All the API takes is a form with a token.
const maxBody = 64 << 10

// signingKey is made when the first token of the process is. A token is good for the one client that its audience names.
var signingKey = sync.OnceValues(func() (*rsa.PrivateKey, error) { return rsa.GenerateKey(rand.Reader, 2048) })

// issuer makes access tokens and knows its own.
type issuer struct {
	credentials Credentials
	life        time.Duration
	key         *rsa.PrivateKey
	parser      *jwt.Parser
}

func newIssuer(c Credentials, life time.Duration) (issuer, error) {
	key, err := signingKey()
	return issuer{
		credentials: c, life: life, key: key,
		parser: jwt.NewParser(jwt.WithValidMethods([]string{"RS256"}), jwt.WithAudience(c.Key), jwt.WithExpirationRequired()),
	}, err
}

// claims are what EJM's tokens say.
type claims struct {
	jwt.RegisteredClaims
	Scope string `json:"scope"`
}

func (i issuer) token(now time.Time) (string, error) {
	return jwt.NewWithClaims(jwt.SigningMethodRS256, claims{jwt.RegisteredClaims{
		ID: rand.Text(), Audience: jwt.ClaimStrings{i.credentials.Key}, Subject: "recruiter",
		IssuedAt: jwt.NewNumericDate(now), ExpiresAt: jwt.NewNumericDate(now.Add(i.life)),
	}, "basic"}).SignedString(i.key)
}

func (i issuer) accepts(token string) bool {
	_, err := i.parser.ParseWithClaims(token, &claims{}, func(*jwt.Token) (any, error) { return &i.key.PublicKey, nil })
	return err == nil
}

// admits lets a request through whose address is on the list and, where the route needs one, whose token is good. It
// answers any other.
func (s *Server) admits(a *answer) bool {
	if address, ok := s.knows(a.r.RemoteAddr); !ok {
		a.fail(apiError{"unauthorized request", "Requests from IP address " + address + " are not permitted.", http.StatusForbidden})
		return false
	}
	if a.route.public {
		return true
	}
	token, err := tokenOf(a.r)
	if err != nil {
		a.failWith(http.StatusRequestEntityTooLarge, apiError{"invalid request", "The request is too large or malformed.", 0})
		return false
	}
	if !s.issuer.accepts(token) {
		a.fail(badToken)
		return false
	}
	return true
}

// knows reports whether an address is on the list of those that may call.
func (s *Server) knows(remote string) (address string, ok bool) {
	from, err := netip.ParseAddrPort(remote)
	if err != nil {
		return "unknown", len(s.options.Allow) == 0
	}
	ip := from.Addr().Unmap().WithZone("")
	for _, allowed := range s.options.Allow {
		if allowed.Contains(ip) {
			return ip.String(), true
		}
	}
	return ip.String(), len(s.options.Allow) == 0
}

// tokenOf finds the token of a request in any of the three places where EJM takes it.
func tokenOf(r *http.Request) (string, error) {
	if token, ok := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer "); ok {
		return token, nil
	}
	if token := r.URL.Query().Get("access_token"); token != "" {
		return token, nil
	}
	if err := parseForm(r); err != nil {
		return "", err
	}
	return r.PostForm.Get("access_token"), nil
}

// parseForm reads the form of a POST, urlencoded or multipart, into r.PostForm. A body of another type is no form.
func parseForm(r *http.Request) error {
	kind, _, _ := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if kind == "multipart/form-data" && r.Method == http.MethodPost {
		return r.ParseMultipartForm(maxBody)
	}
	return r.ParseForm()
}

// answerToken gives a token for a key and secret, as RFC 6749, section 4.4, has it; the errors are those of section 5.2.
func (s *Server) answerToken(a *answer) {
	if a.r.Method != http.MethodPost {
		a.failWith(http.StatusMethodNotAllowed, apiError{"invalid_request", "The request method must be POST when requesting an access token", 0})
		return
	}
	if err := parseForm(a.r); err != nil {
		a.failWith(formStatus(err), apiError{"invalid_request", "The request cannot be read", 0})
		return
	}
	switch grant := a.r.PostForm.Get("grant_type"); grant {
	case "client_credentials":
	case "":
		a.failWith(http.StatusBadRequest, apiError{"invalid_request", "The grant type was not specified in the request", 0})
		return
	default:
		a.failWith(http.StatusBadRequest, apiError{"unsupported_grant_type", "The grant type is not supported", 0})
		return
	}
	key, secret, basic := a.r.BasicAuth()
	if !basic {
		key, secret = a.r.PostForm.Get("client_id"), a.r.PostForm.Get("client_secret")
	}
	if !s.options.Credentials.accept(key, secret) {
		a.failWith(http.StatusBadRequest, apiError{"invalid_client", "The client credentials are invalid", 0})
		return
	}
	s.issue(a)
}

func formStatus(err error) int {
	if tooLarge := (*http.MaxBytesError)(nil); errors.As(err, &tooLarge) {
		return http.StatusRequestEntityTooLarge
	}
	return http.StatusBadRequest
}

func (s *Server) issue(a *answer) {
	token, err := s.Token()
	if err != nil {
		a.abort(err)
	}
	body, err := json.Marshal(map[string]any{
		"access_token": token, "expires_in": int(s.options.TokenLife / time.Second), "token_type": "bearer", "scope": "basic",
	})
	if err != nil {
		a.abort(err)
	}
	a.out.Header().Set("Cache-Control", "no-store")
	a.json(http.StatusOK, body)
}
