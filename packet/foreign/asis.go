package foreign

import (
	"context"

	"github.com/ejmx/ejmx/packet/piece"
)

// asIs carries a PDF's own pages over.
func (w *worker) asIs(ctx context.Context, job Job, document []byte) (*piece.Piece, error) {
	s, err := readSource(ctx, document)
	if err != nil {
		return nil, err
	}
	return importPages(s, job.Limits.Pages)
}

type engine struct{}

func (*engine) close() {}
