package foreign

import (
	"context"
	"errors"
	"io"
	"runtime/debug"
	"slices"
	"time"

	"github.com/klippa-app/go-pdfium"
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
	spoiled bool     // whether the instance there is could not be put back
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
	if e.spoiled {
		if err := e.end(); err != nil {
			return nil, err
		}
	}
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

// takeBack makes an instance what it was at its beginning, or ends it: where a call into it did not come to its end, where it
// has grown, or where it cannot be closed.
func (e *engine) takeBack(instance pdfium.Pdfium) {
	err := instance.Close()
	e.spoiled = err != nil || !slices.Equal(e.globals, e.witness.globals()) || !e.memory.last.restore()
	if e.spoiled {
		_ = e.end() // or before the next document
	}
}

// end has the next document get another instance.
func (e *engine) end() error {
	instance, err := e.pool.GetInstance(time.Minute) // the same, since there is but one
	if err == nil {
		err = instance.Kill()
	}
	e.spoiled = err != nil
	return err
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
