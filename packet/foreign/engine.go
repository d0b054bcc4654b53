package foreign

import (
	"bytes"
	"context"
	"errors"
	"image"
	"io"
	"runtime/debug"
	"slices"
	"time"

	"github.com/klippa-app/go-pdfium"
	"github.com/klippa-app/go-pdfium/enums"
	pdfiumerrors "github.com/klippa-app/go-pdfium/errors"
	"github.com/klippa-app/go-pdfium/references"
	"github.com/klippa-app/go-pdfium/requests"
	"github.com/klippa-app/go-pdfium/webassembly"
	"github.com/tetratelabs/wazero"
	"github.com/tetratelabs/wazero/api"
	"github.com/tetratelabs/wazero/experimental"
)

// engine is PDFium, compiled to WebAssembly and run without a file system, a network or more memory than it is given. It
// takes seconds to compile, or a tenth of one where the compiled code is in the cache, so it is only made when a document
// needs it.
//
// Nothing interrupts it: to look for the end of the job's context in every loop of PDFium's takes longer than all else that
// it does. A call that takes too long ends with its process, which the job's clock ends, or whoever started the worker.
//
// It has one instance at a time, which is put back to what it was at its beginning after each document: to make another takes
// longer than to read a short document. All that an instance can change is its memory and its globals (WebAssembly core
// specification 2.0, 4.2.6; the module has no instruction that changes its table or its segments).
type engine struct {
	pool    pdfium.Pool
	memory  *linear
	witness *witness
	globals []uint64 // of an instance at its beginning
}

// wasmPage is WebAssembly's unit of memory.
const wasmPage = 64 << 10

func newEngine(job Job, memory *linear) (*engine, error) {
	config := wazero.NewRuntimeConfig().
		WithCoreFeatures(api.CoreFeaturesV2 | experimental.CoreFeaturesExceptionHandling).
		WithMemoryLimitPages(uint32(max(job.Limits.Memory/2, 64<<20) / wasmPage))
	if job.Cache != "" {
		if cache, err := wazero.NewCompilationCacheWithDir(job.Cache); err == nil { // without it all is slower
			config = config.WithCompilationCache(cache)
		}
	}
	e := &engine{memory: memory, witness: &witness{}}
	ctx := experimental.WithMemoryAllocator(context.Background(), memory)
	ctx = experimental.WithFunctionListenerFactory(ctx, e.witness)
	var err error
	e.pool, err = webassembly.Init(webassembly.Config{
		Context: ctx, MaxIdle: 1, MaxTotal: 1, ReuseWorkers: true, RuntimeConfig: config, FSConfig: wazero.NewFSConfig(),
		Stdout: io.Discard, Stderr: io.Discard, RandomSource: zeros{},
	})
	if err != nil {
		return nil, err
	}
	return e, nil
}

func (e *engine) close() { _ = e.pool.Close() } // the process ends with it

// zeros is PDFium's source of random bytes: what it writes is to be the same each time.
type zeros struct{}

func (zeros) Read(b []byte) (int, error) {
	clear(b)
	return len(b), nil
}

// instance gives PDFium as it is at its beginning.
func (e *engine) instance() (pdfium.Pdfium, error) {
	instance, err := e.pool.GetInstance(time.Minute)
	if err != nil || e.memory.last.beginning != nil {
		return instance, err
	}
	e.globals = e.witness.globals()
	if err := e.memory.last.keep(); err != nil {
		return nil, errors.Join(err, instance.Kill())
	}
	return instance, nil
}

// takeBack makes an instance what it was at its beginning, or else has the next document get another: where a call into it
// did not come to its end, where it has grown, or where it cannot be closed.
func (e *engine) takeBack(instance pdfium.Pdfium) {
	err := instance.Close()
	if err == nil && slices.Equal(e.globals, e.witness.globals()) && e.memory.last.restore() {
		return
	}
	if again, err := e.pool.GetInstance(time.Minute); err == nil { // the same, since there is but one
		_ = again.Kill() // what cannot be ended has no memory left to harm
	}
}

// witness sees the beginning of each instance, which is where it can be had.
type witness struct{ module experimental.InternalModule }

// NewFunctionListener has the witness called for the function that begins an instance's work.
func (w *witness) NewFunctionListener(f api.FunctionDefinition) experimental.FunctionListener {
	if slices.Contains(f.ExportNames(), "FPDF_InitLibrary") {
		return w
	}
	return nil
}

// Before notes the instance.
func (w *witness) Before(_ context.Context, module api.Module, _ api.FunctionDefinition, _ []uint64, _ experimental.StackIterator) {
	w.module, _ = module.(experimental.InternalModule)
}

// After does nothing.
func (w *witness) After(context.Context, api.Module, api.FunctionDefinition, []uint64) {}

// Abort does nothing.
func (w *witness) Abort(context.Context, api.Module, api.FunctionDefinition, error) {}

// globals gives the instance's globals: PDFium has one, which says how much of its stack is in use.
func (w *witness) globals() (values []uint64) {
	for i := range w.module.NumGlobal() {
		values = append(values, w.module.Global(i).Get())
	}
	return values
}

// session is an instance of PDFium for one document, so that none can harm the next.
type session struct {
	pdfium.Pdfium
	engine *engine
	over   func() error // why no more pages are to be drawn, nil while there is time
}

// session starts an instance that draws until ctx ends.
func (w *worker) session(ctx context.Context, job Job) (*session, error) {
	if w.engine == nil {
		if err := w.startEngine(job); err != nil {
			return nil, err
		}
	}
	instance, err := w.engine.instance()
	if err != nil {
		return nil, err
	}
	return &session{instance, w.engine, ctx.Err}, nil
}

// startEngine makes the worker's engine. The time that takes is not the document's.
func (w *worker) startEngine(job Job) error {
	w.clock.stop()
	defer w.clock.resume()
	if err := sendJSON(w.out, answer{Engine: engineStarting}); err != nil {
		return err
	}
	var err error
	if w.engine, err = w.start(job, &w.memory); err != nil {
		return err
	}
	debug.SetGCPercent(100) // what the engine keeps is enough for the collector to take its time
	debug.FreeOSMemory()    // much was needed only to start it
	return sendJSON(w.out, answer{Engine: engineStarted})
}

func (s *session) close() { s.engine.takeBack(s.Pdfium) }

// drawing is a document that PDFium has opened.
type drawing struct {
	*session
	ref   references.FPDF_DOCUMENT
	pages int
	form  bool // whether form fields are drawn
}

func (s *session) open(file []byte) (*drawing, error) {
	opened, err := s.OpenDocument(&requests.OpenDocument{File: &file})
	if err != nil {
		return nil, engineFailure(err)
	}
	count, err := s.FPDF_GetPageCount(&requests.FPDF_GetPageCount{Document: opened.Document})
	if err != nil {
		return nil, engineFailure(err)
	}
	return &drawing{s, opened.Document, count.PageCount, true}, nil
}

func (d *drawing) close() {
	_, _ = d.FPDF_CloseDocument(&requests.FPDF_CloseDocument{Document: d.ref}) // its instance is put back soon
}

func engineFailure(err error) error {
	if errors.Is(err, pdfiumerrors.ErrPassword) || errors.Is(err, pdfiumerrors.ErrSecurity) {
		return &Failure{Password, err.Error()}
	}
	return &Failure{Damaged, err.Error()}
}

// size is that of a page as it is shown, in points.
func (d *drawing) size(page int) (width, height float64, err error) {
	size, err := d.FPDF_GetPageSizeByIndex(&requests.FPDF_GetPageSizeByIndex{Document: d.ref, Index: page})
	if err != nil {
		return 0, 0, engineFailure(err)
	}
	return size.Width, size.Height, nil
}

// maxSide is how many pixels a picture of a page has at most on its longer side.
const maxSide = 4000

// draw gives a picture of a page, counted from 0, as a screen shows it. Larger pages are drawn at less than the resolution,
// given in pixels an inch. The picture is good until release is called.
func (d *drawing) draw(page, resolution int) (picture *image.RGBA, release func(), err error) {
	if err := d.over(); err != nil {
		return nil, nil, &Failure{Slow, err.Error()}
	}
	at := requests.Page{ByIndex: &requests.PageByIndex{Document: d.ref, Index: page}}
	width, height, err := d.size(page)
	if err != nil {
		return nil, nil, err
	}
	side := max(width, height, 1)
	resolution = max(1, min(resolution, int(72*maxSide/side)))
	drawn, err := d.RenderPageInDPI(&requests.RenderPageInDPI{Page: at, DPI: resolution, RenderFlags: enums.FPDF_RENDER_FLAG_ANNOT, RenderForm: d.form})
	if err != nil {
		return nil, nil, engineFailure(err)
	}
	picture, ok := drawn.Result.RenderedImage.(*image.RGBA)
	if !ok {
		return nil, nil, &Failure{Undrawable, "no picture"}
	}
	return picture, drawn.Cleanup, nil
}

// canDraw reports whether the first page can be drawn.
func (d *drawing) canDraw() bool {
	_, release, err := d.draw(0, compareResolution)
	if err == nil {
		release()
	}
	return err == nil
}

// repair gives the document as PDFium writes it, without encryption, in one of three ways: what it has read, the same with
// form fields and annotations drawn into the pages, or a new document into which it has imported the pages.
func (d *drawing) repair(way Way) ([]byte, error) {
	switch way {
	case Flatten:
		return d.flatten()
	case Reimport:
		return d.reimport()
	}
	return d.save(d.ref)
}

func (d *drawing) flatten() ([]byte, error) {
	for i := range d.pages {
		if _, release, err := d.draw(i, 1); err != nil { // which makes appearances for fields that have none
			return nil, err
		} else {
			release()
		}
		page := requests.Page{ByIndex: &requests.PageByIndex{Document: d.ref, Index: i}}
		if _, err := d.FPDFPage_Flatten(&requests.FPDFPage_Flatten{Page: page}); err != nil {
			return nil, engineFailure(err)
		}
	}
	return d.save(d.ref)
}

func (d *drawing) reimport() ([]byte, error) {
	fresh, err := d.FPDF_CreateNewDocument(&requests.FPDF_CreateNewDocument{})
	if err != nil {
		return nil, engineFailure(err)
	}
	if _, err := d.FPDF_ImportPages(&requests.FPDF_ImportPages{Source: d.ref, Destination: fresh.Document}); err != nil {
		return nil, engineFailure(err)
	}
	return d.save(fresh.Document)
}

func (d *drawing) save(document references.FPDF_DOCUMENT) ([]byte, error) {
	var b bytes.Buffer
	_, err := d.FPDF_SaveAsCopy(&requests.FPDF_SaveAsCopy{
		Flags: requests.SaveFlagRemoveSecurity, Document: document, FileWriter: &b,
	})
	if err != nil {
		return nil, engineFailure(err)
	}
	return b.Bytes(), nil
}
