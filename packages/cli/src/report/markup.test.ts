import { expect, it } from 'vitest';
import { html, trusted } from './markup.js';

it('escapes text and keeps markup', () => {
  const name = `<script>alert("x & 'y'")</script>`;
  const page = html`<p title="${name}">${[html`<b>${name}</b>`, trusted('<i>1</i>')]}${undefined}${false}${3}</p>`;
  expect(page.markup).toBe(
    '<p title="&#60;script&#62;alert(&#34;x &#38; &#39;y&#39;&#34;)&#60;/script&#62;"><b>&#60;script&#62;alert(&#34;x &#38; &#39;y&#39;&#34;)&#60;/script&#62;</b><i>1</i>3</p>',
  );
});
