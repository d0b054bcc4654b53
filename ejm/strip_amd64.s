//go:build !purego

#include "textflag.h"

// Both routines do the same with a lane of 64 characters: make a word with a bit for each backslash, one for each n and r,
// one for each slash; stop at a quote and where something else follows a backslash; write the others of the lane and move the
// stage on by their number. A backslash at the lane's end goes with the next lane. Where a bit stands in the text is random, so nothing
// branches on it but that end, which one lane in 64 meets.
//
//	DI  stage       R9   quotes
//	SI  text        R10  n and r, then those of them that go
//	CX  lanes left  R11  slashes, then what to stop for
//	                R12  what follows a backslash
//	                R13  backslashes, then all that goes

// JUDGE leaves in R10 what goes of n and r, and in R11 what to stop for, with the flags of that.
#define JUDGE \
	LEAQ (R13)(R13*1), R12 \
	ANDQ R12, R10          \
	ORQ  R10, R11          \
	NOTQ R11               \
	ANDQ R12, R11          \
	ORQ  R9, R11

// COUNT turns the places that text and stage have come to into numbers of characters.
#define COUNT \
	VZEROUPPER           \
	SUBQ stage+0(FP), DI \
	SUBQ text+8(FP), SI

// func stripAVX512(stage, text *byte, lanes int) (used, staged int)
TEXT ·stripAVX512(SB), NOSPLIT, $0-40
	MOVQ         stage+0(FP), DI
	MOVQ         text+8(FP), SI
	MOVQ         lanes+16(FP), CX
	MOVL         $'\\', AX
	VPBROADCASTB AX, Z1
	MOVL         $'/', AX
	VPBROADCASTB AX, Z2
	MOVL         $'n', AX
	VPBROADCASTB AX, Z3
	MOVL         $'r', AX
	VPBROADCASTB AX, Z4
	MOVL         $'"', AX
	VPBROADCASTB AX, Z5

lane:
	DECQ          CX
	JS            done
	VMOVDQU8      (SI), Z0
	VPCMPEQB      Z0, Z1, K1
	VPCMPEQB      Z0, Z2, K2
	VPCMPEQB      Z0, Z3, K3
	VPCMPEQB      Z0, Z4, K4
	VPCMPEQB      Z0, Z5, K5
	KORQ          K3, K4, K3
	KMOVQ         K1, R13
	KMOVQ         K2, R11
	KMOVQ         K3, R10
	KMOVQ         K5, R9
	JUDGE
	JNZ           done
	ORQ           R13, R10
	NOTQ          R10
	KMOVQ         R10, K1
	VPCOMPRESSB.Z Z0, K1, Z0
	VMOVDQU8      Z0, (DI)
	POPCNTQ       R10, R10
	ADDQ          R10, DI
	ADDQ          $64, SI
	TESTQ         R13, R13
	JNS           lane
	DECQ          SI
	JMP           lane

done:
	COUNT
	MOVQ SI, used+24(FP)
	MOVQ DI, staged+32(FP)
	RET

// BITS gives a bit for each character of a lane that is marked in the bytes of low and high.
#define BITS(low, high, to, spoilt) \
	VPMOVMSKB low, to     \
	VPMOVMSKB high, spoilt \
	SHLQ      $32, spoilt \
	ORQ       spoilt, to

// EIGHT writes the n-th eight characters of the lane, those that stay in front. Eight are always written; the next eight
// overwrite what is too much. What goes of each eight lies in a byte of the stack.
#define EIGHT(n, at) \
	MOVBLZX n(SP), AX     \
	VMOVQ   at(SI), X2    \
	VMOVQ   (R8)(AX*8), X3 \
	VPSHUFB X3, X2, X2    \
	VMOVQ   X2, at(DI)    \
	POPCNTL AX, AX        \
	SUBQ    AX, DI

// func stripAVX2(stage, text *byte, lanes int, order *[256][8]byte) (used, staged int)
TEXT ·stripAVX2(SB), NOSPLIT, $8-48
	MOVQ         stage+0(FP), DI
	MOVQ         text+8(FP), SI
	MOVQ         lanes+16(FP), CX
	MOVQ         order+24(FP), R8
	MOVL         $'\\', AX
	VMOVD        AX, X12
	VPBROADCASTB X12, Y12
	MOVL         $'/', AX
	VMOVD        AX, X13
	VPBROADCASTB X13, Y13
	MOVL         $'n', AX
	VMOVD        AX, X14
	VPBROADCASTB X14, Y14
	MOVL         $'r', AX
	VMOVD        AX, X15
	VPBROADCASTB X15, Y15
	MOVL         $'"', AX
	VMOVD        AX, X11
	VPBROADCASTB X11, Y11

lane:
	DECQ     CX
	JS       done
	VMOVDQU  (SI), Y0
	VMOVDQU  32(SI), Y1
	VPCMPEQB Y0, Y12, Y2
	VPCMPEQB Y1, Y12, Y3
	BITS(Y2, Y3, R13, AX)
	VPCMPEQB Y0, Y13, Y4
	VPCMPEQB Y1, Y13, Y5
	BITS(Y4, Y5, R11, AX)
	VPCMPEQB Y0, Y14, Y6
	VPCMPEQB Y1, Y14, Y7
	VPCMPEQB Y0, Y15, Y8
	VPCMPEQB Y1, Y15, Y9
	VPOR     Y6, Y8, Y6
	VPOR     Y7, Y9, Y7
	BITS(Y6, Y7, R10, AX)
	VPCMPEQB Y0, Y11, Y2
	VPCMPEQB Y1, Y11, Y3
	BITS(Y2, Y3, R9, AX)
	JUDGE
	JNZ      done
	MOVQ     R13, R9
	SHRQ     $63, R9
	ORQ      R10, R13
	MOVQ     R13, 0(SP)
	EIGHT(0, 0)
	EIGHT(1, 8)
	EIGHT(2, 16)
	EIGHT(3, 24)
	EIGHT(4, 32)
	EIGHT(5, 40)
	EIGHT(6, 48)
	EIGHT(7, 56)
	ADDQ     $64, DI
	ADDQ     $64, SI
	SUBQ     R9, SI
	JMP      lane

done:
	COUNT
	MOVQ SI, used+32(FP)
	MOVQ DI, staged+40(FP)
	RET
