package ejm

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"os"
	"strings"
)

// networkWords says in words for people why there was no connection; what is not known here is said as the system says it.
func networkWords(err error) string {
	if words := certificateWords(err); words != "" {
		return words
	}
	var (
		name *net.DNSError
		op   *net.OpError
	)
	switch {
	case errors.As(err, &name) && name.IsNotFound:
		return fmt.Sprintf("this network does not know the name %s: is the computer online, and the address right?", printable(name.Name))
	case errors.As(err, &name):
		return fmt.Sprintf("the name %s cannot be looked up at the moment: is the computer online?", printable(name.Name))
	case isTimeout(err):
		return "no answer came in time: a firewall may stand in between"
	case errors.As(err, &op) && op.Op == "dial" && op.Addr != nil:
		return fmt.Sprintf("%s does not take the connection (%s)", printable(op.Addr.String()), printable(systemText(op.Err)))
	}
	return printable(withoutAddress(err))
}

func isTimeout(err error) bool {
	var t interface{ Timeout() bool }
	return errors.Is(err, context.DeadlineExceeded) || errors.As(err, &t) && t.Timeout()
}

// systemText is what the operating system says, without the name of its call.
func systemText(err error) string {
	if call, ok := errors.AsType[*os.SyscallError](err); ok {
		return call.Err.Error()
	}
	return err.Error()
}

// certificateWords says what is wrong with an encrypted connection, "" where it is something else.
func certificateWords(err error) string {
	var (
		unknown  x509.UnknownAuthorityError
		host     x509.HostnameError
		invalid  x509.CertificateInvalidError
		unproven *tls.CertificateVerificationError
		record   tls.RecordHeaderError
	)
	switch {
	case errors.As(err, &unknown):
		return "its certificate is not from anybody whom this computer trusts: something in between may open encrypted connections"
	case errors.As(err, &host):
		return "its certificate is for another name: something in between may open encrypted connections"
	case errors.As(err, &invalid) && invalid.Reason == x509.Expired:
		return "its certificate is out of date, or this computer's clock is wrong"
	case errors.As(err, &unproven):
		return "its certificate cannot be verified (" + printable(unproven.Err.Error()) + ")"
	case errors.As(err, &record), strings.Contains(err.Error(), "server gave HTTP response to HTTPS client"):
		return "what answers does not speak HTTPS"
	}
	return ""
}
