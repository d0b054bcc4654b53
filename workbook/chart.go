package workbook

import (
	"fmt"

	"github.com/xuri/excelize/v2"
)

// chart is a tally with the rows of the sheet Summary that hold its numbers.
type chart struct {
	tally
	from, to int
}

// chartColours are told apart in print and by colour-blind readers too.
var chartColours = []string{"6C9BCF", "E3B34F"}

const (
	chartWidth     = 620 // pixels
	barHeight      = 26
	doughnutHeight = 260
	pixelsPerRow   = 24
)

// charts stands the charts one under the other, to the right of the figures.
func (b *book) charts(charts []chart) error {
	row := 3
	for _, c := range charts {
		height := doughnutHeight
		drawn := c.bars()
		if c.round {
			drawn = c.doughnut()
		} else {
			height = 90 + barHeight*len(c.entries)
		}
		drawn.Title = excelize.ChartTitle{
			Paragraph: []excelize.RichTextRun{{Text: c.title, Font: &excelize.Font{Bold: true, Size: 12, Color: fillHeader}}},
		}
		drawn.Dimension = excelize.ChartDimension{Width: chartWidth, Height: uint(height)}
		drawn.Format.AltText = c.title
		if err := b.file.AddChart(summaryName, fmt.Sprintf("D%d", row), drawn); err != nil {
			return err
		}
		row += height/pixelsPerRow + 2
	}
	return nil
}

func (c chart) series() excelize.ChartSeries {
	return excelize.ChartSeries{
		Name:       c.title,
		Categories: fmt.Sprintf("%s!$A$%d:$A$%d", summaryName, c.from, c.to),
		Values:     fmt.Sprintf("%s!$B$%d:$B$%d", summaryName, c.from, c.to),
	}
}

// bars lie flat, so that names of institutions can be read.
func (c chart) bars() *excelize.Chart {
	series := c.series()
	series.Fill = solid(chartColours[0])
	return &excelize.Chart{
		Type: excelize.Bar, Series: []excelize.ChartSeries{series}, Legend: excelize.ChartLegend{Position: "none"},
		PlotArea: excelize.ChartPlotArea{ShowVal: true},
		XAxis:    excelize.ChartAxis{ReverseOrder: true, Font: excelize.Font{Color: "334155", Size: 9}},
		YAxis:    excelize.ChartAxis{None: true},
		GapWidth: new(uint(40)),
	}
}

func (c chart) doughnut() *excelize.Chart {
	series := c.series()
	for i := range c.entries {
		series.DataPoint = append(series.DataPoint, excelize.ChartDataPoint{Index: i, Fill: solid(chartColours[i%len(chartColours)])})
	}
	return &excelize.Chart{
		Type: excelize.Doughnut, Series: []excelize.ChartSeries{series}, Legend: excelize.ChartLegend{Position: "right"},
		PlotArea: excelize.ChartPlotArea{ShowVal: true}, HoleSize: 60,
	}
}

// summaryPage makes the sheet look like a page: no grid, one page wide, upright, on one sheet of paper.
func (b *book) summaryPage() error {
	for i, width := range []float64{34, 42, 3} {
		column := string(rune('A' + i))
		if err := b.file.SetColWidth(summaryName, column, column, width); err != nil {
			return err
		}
	}
	grid := false
	if err := b.file.SetSheetView(summaryName, 0, &excelize.ViewOptions{ShowGridLines: &grid}); err != nil {
		return err
	}
	if err := b.page(summaryName); err != nil {
		return err
	}
	orientation, tall := "portrait", 1
	return b.file.SetPageLayout(summaryName, &excelize.PageLayoutOptions{Orientation: &orientation, FitToHeight: &tall})
}
