// Package ejm speaks the recruiter API of EconJobMarket (EJM): its words, its tolerant JSON and a [Client]. It keeps nothing
// on disk and can be used by itself.
//
// # First call
//
// A client needs the key and secret from EJM's API set-up page, or the access token shown there, and this computer's IP
// address must be on the list of the same page:
//
//	c, err := ejm.New(ejm.Config{BaseURL: "https://backend.econjobmarket.org", Key: key, Secret: secret})
//	if err != nil {
//		return err
//	}
//	for application, err := range c.Applications(ctx) {
//		if err != nil {
//			return err
//		}
//		fmt.Println(application.AppID, application.LastName)
//	}
//
// # Records
//
// [Application], [Applicant], [File], [Letter] and the others are EJM's records under EJM's names. EJM's server writes
// numbers as text, an empty map as [], no time as 0000-00-00 00:00:00, and adds keys as it likes. So a field that is
// missing, null or "" is the zero value; one in a form never seen is empty and named in Odd; and Raw is the record as it came,
// unknown keys included. A strange field never costs its record, a strange record never costs its list. Times are text as
// EJM sends it, without a zone.
//
// # Lists and documents
//
// Lists are sequences read from the connection: one record is in memory at a time. While a sequence is being ranged over it
// holds one of the client's connections. A [Document] has a Body to be read before the next document; its other fields are
// complete once Body has reached its end, because EJM may send them after the content. Content is decoded on the way in a
// buffer of fixed size, whatever its length. Whether the bytes have the hash that EJM announces is for the caller to check.
//
// # Errors and retries
//
// Every error is an [Error] with a reason and a hint for people, around one of the Err… values for errors.Is, or the
// context's own. EJM sends most of its errors with status 200; they are told from data. Each method makes one attempt,
// but for a token that has expired, which is renewed once. [Client.Retry] is the policy for trying again, to be wrapped
// around whatever must begin anew with each attempt: a list into a file, a document into a store.
//
// # What it never does
//
// The token goes to the configured host in the Authorization header, over HTTPS unless the host is loopback, and nowhere
// else: a redirect to another host is an error. No key, secret or token is in an error or in what Config.Observe is told.
// Links that applicants give are not followed. No reply, however long or deep, costs more memory than one record of 16 MB.
//
// # What stays compatible
//
// Names, types and meanings of all that is exported, the Err… values and their exclusiveness, and what a field's zero value
// means. Fields, methods and kinds of refusal may be added as EJM adds them. The texts of errors are for people and may
// be put better.
package ejm
