"""正文的元素：表格、代码与方框。"""

from guide.page import elements


def test_tables_scroll_in_a_named_box_of_their_own() -> None:
    html = elements.finished("<table><thead><tr><th>甲 &amp; <b>乙</b></th></tr></thead></table><table></table>")
    assert '<div class="table" tabindex="0" role="region" aria-label="表格 1：甲 &amp; 乙"><table>' in html
    assert 'aria-label="表格 2"><table></table></div>' in html


def test_code_blocks_can_be_scrolled_from_the_keyboard() -> None:
    html = elements.finished("<pre><span></span><code>a</code></pre><pre><code>b</code></pre><p><code>c</code></p>")
    assert html.count('<code tabindex="0">') == 2
    assert "<p><code>c</code></p>" in html
    assert elements.finished('<pre><code tabindex="0">d</code></pre>') == '<pre><code tabindex="0">d</code></pre>'


def test_task_boxes_say_what_they_are() -> None:
    html = elements.finished('<input type="checkbox" disabled checked/><input type="checkbox" disabled>')
    assert html.count("做完了") == html.count("还没做") == 1
