// A story on the page, as a reader knows it: its caption, its buttons, beat by beat.
import { until } from "./reader.mjs";

/** What stands on the page in each language, as far as these tests press it. */
export const WORDS = {
  "en-US": { caption: "What just happened", next: "Next", skip: "Skip", reveal: "Reveal", end: "The end", stories: "Stories", search: "Search the stories" },
  "zh-CN": { caption: "刚刚发生了什么", next: "下一幕", skip: "跳过", reveal: "揭晓", end: "剧终", stories: "故事", search: "搜索故事" },
};

/** The story that is on, as a reader knows it. */
export function story(page, locale = "en-US") {
  const words = WORDS[locale];
  const caption = page.getByRole("region", { name: words.caption });
  const button = (name) => caption.getByRole("button", { name, exact: true });
  return {
    words,
    caption,
    button,
    sentence: () => caption.getByRole("paragraph").first().innerText(),
    guide: () => caption.getByRole("group").first().innerText(),
    /** On to the end of the present beat, and then one further. */
    async next() {
      const ways = [words.next, words.skip, words.reveal];
      await until("a way on was there", async () => {
        for (const way of ways) if (await button(way).count()) return true;
        return false;
      });
      // A question is not what is told here: it is revealed.
      if (await button(words.reveal).count()) await button(words.reveal).click();
      if (await button(words.skip).count()) await button(words.skip).click({ timeout: 2_000 }).catch(() => {});
      await button(words.next).click();
    },
    ended: async () => (await caption.getByRole("group").first().innerText()).includes(words.end),
  };
}
